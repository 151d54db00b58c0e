import { describe, expect, it } from 'vitest'
import { inFragment, inQuery, inQueryAndFragment } from './redirect.ts'

describe('places to return to', () => {
  it('keep their own query when a code is added', () => {
    expect(inQuery('https://app.test/cb?sb_flow_id=1&next=%2Fhome', { code: 'c' })).toBe(
      'https://app.test/cb?sb_flow_id=1&next=%2Fhome&code=c',
    )
    expect(inQuery('https://app.test/cb#top', { code: 'c' })).toBe('https://app.test/cb?code=c#top')
  })

  it('lose a parameter that is said anew', () => {
    expect(inQuery('https://app.test/cb?code=old', { code: 'new' })).toBe('https://app.test/cb?code=new')
  })

  it('work with schemes of applications', () => {
    expect(inQuery('myapp://login', { code: 'c' })).toBe('myapp://login?code=c')
    expect(inFragment('myapp://login#x', { message: 'a b' })).toBe('myapp://login#message=a+b&sb=')
  })

  it('carry errors in alphabetical order, escaped once', () => {
    const facts = { error_description: 'a:b', error: 'access_denied' }
    expect(inFragment('https://app.test', facts)).toBe(
      'https://app.test#error=access_denied&error_description=a%3Ab&sb=',
    )
    expect(inQueryAndFragment('https://app.test', { error: 'e' })).toBe('https://app.test?error=e#error=e&sb=')
  })
})
