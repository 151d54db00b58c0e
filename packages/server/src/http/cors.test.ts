import { describe, expect, it } from 'vitest'
import type { CorsPolicy } from './cors.ts'
import { corsFields, originList, preflightFields } from './cors.ts'

const listed: CorsPolicy = {
  kind: 'listed',
  allows: originList(['https://good.test', 'null']),
  credentials: true,
  requestHeaders: ['authorization', 'content-type'],
  exposedHeaders: ['x-request-id'],
}
const any: CorsPolicy = { kind: 'any', requestHeaders: ['apikey'], exposedHeaders: ['link', 'x-total-count'] }
const ask = (origin: string, method: string, headers = '') => ({ origin, method, headers })

describe('corsFields', () => {
  it.each([
    'https://evil.test',
    'https://good.test.evil.test',
    'https://goodXtest',
    'null',
    'https://good.test:8443',
    'HTTPS://GOOD.TEST',
    'http://good.test',
    'https://good.test/',
    'https://good.test, https://evil.test',
  ])('S110 gives %s no allow header', (origin) => {
    expect(corsFields(listed, origin)).toBeUndefined()
    expect(preflightFields(listed, ask(origin, 'POST'), ['POST'])).toBeUndefined()
  })

  it('echoes a listed origin with credentials', () => {
    expect(corsFields(listed, 'https://good.test')).toEqual({
      'access-control-allow-origin': 'https://good.test',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id',
    })
  })

  it('S110 never sends credentials with the star', () => {
    expect(corsFields(any, 'https://evil.test')).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'link, x-total-count',
    })
  })
})

describe('preflightFields', () => {
  it('echoes the asked method and headers, whatever their case', () => {
    expect(preflightFields(listed, ask('https://good.test', 'POST', 'Authorization,content-type'), ['POST'])).toEqual({
      'access-control-allow-origin': 'https://good.test',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'Authorization,content-type',
      'access-control-max-age': '600',
    })
  })

  it('says nothing when one header or the method is not allowed', () => {
    expect(preflightFields(any, ask('https://a.test', 'POST', 'apikey, x-evil'), ['POST'])).toBeUndefined()
    expect(preflightFields(any, ask('https://a.test', 'PUT', 'apikey'), ['POST'])).toBeUndefined()
  })

  it('S116 does not echo what is no header name', () => {
    const open: CorsPolicy = { kind: 'any', requestHeaders: 'any' }
    expect(preflightFields(open, ask('https://a.test', 'GET', 'a: b'), ['GET'])).toBeUndefined()
    expect(preflightFields(open, ask('https://a.test', 'GET', 'x-any'), ['GET'])).toBeDefined()
  })
})
