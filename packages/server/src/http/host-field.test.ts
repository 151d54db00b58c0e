import { describe, expect, it } from 'vitest'
import { hasOneHost } from './host-field.ts'

const of = (...rawHeaders: string[]) => hasOneHost({ rawHeaders })

describe('the host a request is for', () => {
  it.each(['auth.example.test', 'localhost:8787', '127.0.0.1', '[::1]:8787', 'a_b.test', 'x', '', 'a.test:'])(
    'may be %j',
    (host) => expect(of('Accept', '*/*', 'Host', host)).toBe(true),
  )

  it.each(['a.test b.test', 'a.test/path', 'user@a.test', 'a.test:80:80', '[::1', 'a.test:port', 'a.test\t', 'ü.test'])(
    'cannot be %j',
    (host) => expect(of('hOST', host)).toBe(false),
  )

  it('is one at most, whatever the case of its field, and need not be told', () => {
    expect(of('Host', 'a.test', 'X-Host', 'b.test')).toBe(true)
    expect(of('Host', 'a.test', 'host', 'a.test')).toBe(false)
    expect(of()).toBe(true)
  })
})
