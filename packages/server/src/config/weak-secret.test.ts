import { describe, expect, it } from 'vitest'
import { weakness } from './weak-secret.ts'

const demoToken = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from('{"iss":"supabase-demo","role":"anon"}').toString('base64url')}.c2lnbmF0dXJl`

describe('weakness', () => {
  it.each([
    ['an empty one', '', 'is empty'],
    ['one of 16 bytes', '0123456789abcdef', 'is too short'],
    ['one of 31 bytes', 'kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD', 'is too short'],
    [
      'the sample of the Supabase documentation',
      'super-secret-jwt-token-with-at-least-32-characters-long',
      'is a sample',
    ],
    ['its longer form', 'your-super-secret-jwt-token-with-at-least-32-characters-long', 'is a sample'],
    ['a placeholder', 'change-me-change-me-please-change-me!', 'is a sample'],
    [
      'the sample of the Nhost documentation',
      '0f987876650b4a085e64594fae9219e7781b17506bec02489ad061fba8cb22db',
      'is a sample',
    ],
    ['a demo API key', demoToken, 'is a sample'],
    ['one byte over and over', 'a'.repeat(40), 'repeats'],
    ['a short word over and over', 'abc12345'.repeat(5), 'repeats'],
    ['few different bytes', 'aabbaabbabababbbaaabbbababababbbaab', 'repeats'],
  ])('refuses %s', (_, value, reason) => {
    expect(weakness(value)).toContain(reason)
  })

  it('refuses 32 zero bytes', () => {
    expect(weakness(Buffer.alloc(32))).toContain('repeats')
  })

  it('has nothing against a random one', () => {
    expect(weakness('kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2')).toBeUndefined()
    expect(weakness('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08')).toBeUndefined()
  })
})
