import { describe, expect, it } from 'vitest'
import { clientRedirectFault, isClaimedRedirect, isRegisteredRedirect } from './client-redirect.ts'

describe('a place that an application may register', () => {
  it.each([
    ...['https://app.test/cb', 'https://app.test', 'https://app.test/cb?tenant=1', 'http://localhost:3000/cb'],
    ...['http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb', 'myapp://cb'],
  ])('may be %s', (uri) => expect(clientRedirectFault(uri)).toBeUndefined())

  it.each([
    ['/cb', 'malformed'],
    ['app.test/cb', 'malformed'],
    ['myapp:cb', 'malformed'],
    ['https://app.test/cb#x', 'fragment'],
    ['http://app.test/cb', 'insecure'],
    ['http://localhost.evil.test/cb', 'insecure'],
    ['javascript:alert(1)', 'scheme'],
    ['data:text/html,x', 'scheme'],
    ['https://a@app.test/', 'malformed'],
    ['https://app.test/\u202e', 'malformed'],
    ['https://app.test/a/../b', 'malformed'],
    ['https://app.test\\@evil.test/', 'malformed'],
  ])('may not be %s: %s', (uri, fault) => expect(clientRedirectFault(uri)).toBe(fault))
})

describe('a place an answer may go to', () => {
  const registered = ['https://app.test/cb', 'http://127.0.0.1:7/cb?a=1', 'http://localhost:3000/cb']

  it('is one that is registered, character by character', () => {
    expect(isRegisteredRedirect(registered, 'https://app.test/cb')).toBe(true)
    for (const uri of ['https://app.test/CB', 'https://APP.test/cb', 'https://app.test:443/cb', 'https://app.test/cb/'])
      expect(isRegisteredRedirect(registered, uri), uri).toBe(false)
  })

  it('may have another port at a loopback address alone', () => {
    for (const uri of ['http://127.0.0.1/cb?a=1', 'http://127.0.0.1:65000/cb?a=1'])
      expect(isRegisteredRedirect(registered, uri), uri).toBe(true)
    for (const uri of [
      ...['http://127.0.0.1:65000/cb', 'http://127.0.0.1:65536/cb?a=1', 'http://127.0.0.1:1@evil.test/cb?a=1'],
      ...['http://localhost:3001/cb', 'http://[::1]:7/cb?a=1', 'http://127.0.0.10:7/cb?a=1'],
    ])
      expect(isRegisteredRedirect(registered, uri), uri).toBe(false)
  })

  it('is claimed by nobody else where it is https', () => {
    expect(isClaimedRedirect('https://app.test/cb')).toBe(true)
    expect(isClaimedRedirect('http://127.0.0.1/cb')).toBe(false)
    expect(isClaimedRedirect('myapp://cb')).toBe(false)
  })
})
