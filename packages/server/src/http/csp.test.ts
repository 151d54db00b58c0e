import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, hashSource } from './csp.ts'

describe('contentSecurityPolicy', () => {
  it('S112 allows nothing by default', () => {
    expect(contentSecurityPolicy()).toBe(
      "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
    )
  })

  it('adds what the page names', () => {
    const policy = contentSecurityPolicy({
      style: [hashSource('p{}')],
      img: ["'self'", 'data:'],
      formAction: ['https://app.test', 'myapp:'],
    })
    expect(policy).toContain("style-src 'sha256-")
    expect(policy).toContain("img-src 'self' data:;")
    expect(policy).toContain("form-action 'self' https://app.test myapp:;")
  })

  it.each(["'unsafe-inline'", "'unsafe-eval'", '*', 'https:', 'data:', 'x; script-src *', 'https://a.test b'])(
    'S112 refuses %s as a script source',
    (bad) => {
      expect(() => contentSecurityPolicy({ script: [bad] })).toThrow('not a source')
    },
  )
})
