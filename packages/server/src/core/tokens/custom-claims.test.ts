import { describe, expect, it } from 'vitest'
import type { AccessClaims } from './claims.ts'
import { customClaims } from './custom-claims.ts'

const hasura = 'https://hasura.io/jwt/claims'
const ours = {
  iss: 'https://auth.example.test/auth/v1',
  sub: '0190f2b4-0000-7000-8000-000000000001',
  aud: 'authenticated',
  exp: 2_000,
  iat: 1_000,
  email: 'jo@example.test',
  phone: '',
  role: 'authenticated',
  aal: 'aal1',
  amr: [{ method: 'password', timestamp: 1 }],
  session_id: '0190f2b4-0000-7000-8000-000000000002',
  is_anonymous: false,
  app_metadata: {},
  user_metadata: {},
  [hasura]: { 'x-hasura-user-id': '0190f2b4-0000-7000-8000-000000000001', 'x-hasura-default-role': 'user' },
} satisfies AccessClaims

const made = (change: object) => customClaims(ours, { ...ours, ...change }, hasura)
const reasonOf = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return (error as { details: unknown }).details
  }
}

describe('claims after the application had its say', () => {
  it('are what it answered', () => {
    const { user_metadata: _, ...rest } = ours
    const { claims, kept } = customClaims(ours, { ...rest, email: '', plan: 'gold', nested: { a: [1] } }, hasura)
    expect(claims).toEqual({ ...rest, email: '', plan: 'gold', nested: { a: [1] } })
    expect(kept).toEqual([])
  })

  it('S64 what a token stands on stays as it was, and is named', () => {
    const wanted = {
      iss: 'https://evil.test',
      sub: '0190f2b4-0000-7000-8000-00000000ffff',
      aud: 'else',
      exp: 9_999_999_999,
      iat: 1,
      role: 'service_role',
      aal: 'aal2',
      amr: [],
      session_id: '0190f2b4-0000-7000-8000-00000000eeee',
      is_anonymous: true,
    }
    const { claims, kept } = made(wanted)
    expect(claims).toEqual(ours)
    expect(kept).toEqual(['iss', 'sub', 'aud', 'exp', 'iat', 'session_id', 'role', 'aal', 'amr', 'is_anonymous'])
  })

  it('S64 reserved claims that were left out are there, and further ones cannot be put in', () => {
    const { amr: _, iss: __, ...rest } = ours
    expect(customClaims(ours, rest, hasura).claims).toEqual(ours)
    expect(made({ nbf: 1, jti: 'x', client_id: 'c', scope: 'admin', SUB: 'x' }).claims).toEqual(ours)
  })

  it('S64 whom a token is about cannot be changed for Hasura either', () => {
    const { claims } = made({
      [hasura]: {
        'X-Hasura-User-Id': 'another',
        'x-hasura-default-role': 'admin',
        'x-hasura-allowed-roles': ['admin'],
        'x-hasura-org': '7',
      },
    })
    expect(claims[hasura]).toEqual({ ...ours[hasura], 'x-hasura-org': '7' })
    expect(made({ [hasura]: undefined }).claims[hasura]).toEqual(ours[hasura])
    const { [hasura]: _, ...plain } = ours
    const wanted = { ...plain, [hasura]: { 'x-hasura-auth-elevated': ours.sub, 'x-hasura-org': '7' } }
    expect(customClaims(plain, wanted, hasura).claims[hasura]).toEqual({ 'x-hasura-org': '7' })
    expect(made({ [hasura]: { ...ours[hasura], 'x-hasura-auth-elevated': ours.sub } }).claims).toEqual(ours)
    expect(reasonOf(() => made({ [hasura]: 'admin' }))).toMatchObject({ reason: 'answer' })
  })

  it('an answer without a claim that every token has, or with one of another type, is none', () => {
    for (const name of ['aud', 'exp', 'iat', 'sub', 'email', 'phone', 'role', 'aal', 'session_id', 'is_anonymous'])
      for (const odd of [undefined, null, {}])
        expect(reasonOf(() => made({ [name]: odd }))).toEqual({ reason: 'answer', claim: name })
  })

  it('S64 more than fits into a header is refused', () => {
    expect(reasonOf(() => made({ blob: 'x'.repeat(8_192) }))).toEqual({ reason: 'over_size_limit' })
    expect(made({ blob: 'x'.repeat(4_096) }).claims['blob']).toHaveLength(4_096)
  })
})
