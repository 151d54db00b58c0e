import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#src/config.ts'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, goodPassword, nhostClient } from './clients.ts'

const namespace = 'https://hasura.io/jwt/claims'
const env = {
  AUTH_JWT_CUSTOM_CLAIMS: JSON.stringify({
    plan: 'metadata.plan',
    'X-Hasura-Org': 'metadata.orgs[0].id',
    orgs: 'metadata.orgs[].id',
    tags: 'metadata.orgs[*].tags[*]',
    ids: 'metadata.orgs.id[]',
    roles: 'roles[].role',
    phone: 'phoneNumber',
    odd: 'metadata.odd[]',
    'user-id': 'metadata.user',
    whole: 'metadata.whole',
  }),
  AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS: JSON.stringify({ plan: 'free', tags: ['none'], 'x-hasura-org': 'unused' }),
}
const odd = ['a"b', 'c\\d', 'e,f', '{g}', 'line\nend', '', 'NULL']
let world: World
beforeAll(async () => {
  const { settings } = await loadConfig({ env, cwd: import.meta.dirname, keys: 'pretend' })
  world = await startWorld({
    config: {
      signUp: { emailConfirmation: false },
      tokens: { hasura: { claims: JSON.stringify(settings.tokens.hasura.claims) } },
    },
  })
})
afterAll(() => world.close())

const claimsIn = (token = '') => decodeJwt(token)[namespace] as Record<string, string>

async function claimsOf(metadata: Record<string, unknown>) {
  const nhost = nhostClient(world)
  const { body } = await nhost.auth.signUpEmailPassword({
    email: anAddress(),
    password: goodPassword,
    options: { metadata },
  })
  return { claims: claimsIn(body.session?.accessToken), session: body.session, nhost }
}

describe('custom claims', () => {
  const metadata = {
    plan: 'gold',
    orgs: [
      { id: 'o1', tags: ['x', 'y'] },
      { id: 'o2', tags: ['z'] },
    ],
    odd,
    user: 'somebody-else',
    whole: { a: 1 },
  }

  it('are read along their paths, and lists stand in braces', async () => {
    const { claims, session } = await claimsOf(metadata)
    expect(claims).toMatchObject({
      'x-hasura-plan': 'gold',
      'x-hasura-org': 'o1',
      'x-hasura-orgs': '{"o1","o2"}',
      'x-hasura-tags': '{"x","y","z"}',
      'x-hasura-ids': '{"o1","o2"}',
      'x-hasura-roles': expect.stringMatching(/^\{("(user|me)",?){2}\}$/),
      'x-hasura-phone': 'null',
      'x-hasura-whole': '{"a":1}',
      'x-hasura-user-id': session?.user?.id,
    })
  })

  it('read by PostgreSQL are the list they were', async () => {
    const { claims } = await claimsOf(metadata)
    const [row] = await world.database.query<{ list: string[] }>(
      sql`select ${claims['x-hasura-odd']}::text::text[] as list`,
    )
    expect(row?.list).toEqual(odd)
  })

  it('are lists for the client, which takes the braces off', async () => {
    const { nhost } = await claimsOf({ orgs: [{ id: 'o1' }, { id: 'o2' }] })
    const decoded = nhost.getUserSession()?.decodedToken[namespace] as Record<string, unknown>
    expect(decoded['x-hasura-orgs']).toEqual(['o1', 'o2'])
  })

  it('have their defaults where there is nothing, and an empty list is one', async () => {
    const none = await claimsOf({})
    expect(none.claims).toMatchObject({
      'x-hasura-plan': 'free',
      'x-hasura-orgs': 'null',
      'x-hasura-tags': '{"none"}',
      'x-hasura-org': 'null',
    })
    const empty = await claimsOf({ plan: null, orgs: [] })
    expect(empty.claims).toMatchObject({ 'x-hasura-plan': 'free', 'x-hasura-orgs': '{}', 'x-hasura-tags': '{}' })
  })

  it('are read anew with every token', async () => {
    const { id, email, password } = await aPerson(world)
    const nhost = nhostClient(world)
    await nhost.auth.signInEmailPassword({ email, password })
    await fetch(`${world.url}/v1/admin/users/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { plan: 'silver' } }),
    })
    const renewed = await nhost.refreshSession(0)
    expect(claimsIn(renewed?.accessToken)['x-hasura-plan']).toBe('silver')
  })

  it.each([
    ['text where a list was meant', { orgs: 'o1' }],
    ['numbers, nulls and lists of lists', { orgs: [1, null, [{ id: 'deep' }], 'text', { id: null }] }],
    ['names of other things', { orgs: { length: 3, __proto__: { id: 'x' }, constructor: 'y' } }],
    ['something long', { orgs: Array.from({ length: 200 }, (_, id) => ({ id })) }],
  ])('never keep anybody from a token: %s', async (_, wrong) => {
    const { session } = await claimsOf({ ...wrong, plan: { deeply: ['nested', { x: [[]] }] } })
    expect(session?.accessToken.split('.')).toHaveLength(3)
  })
})
