import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateLink } from '#src/flows/admin/generate-link.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { nativeStart, type SocialWorld, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'
import { type Reply, send } from './tools/reply.ts'
import { aPerson, goodPassword } from './wire/people.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial({
    signUp: { block: ['evil.test', '*.evil.test', 'münchen.test', 'mallory@example.test'], anonymous: true },
    emailChange: { bothAgree: false },
  })
})
afterAll(() => world.close())

/** Addresses that are blocked, however they are written. */
const blocked = [
  'jo@evil.test',
  'JO@EVIL.test',
  'jo@ｅｖｉｌ.test',
  'jo@deep.er.evil.test',
  'jo@münchen.test',
  'jo@xn--mnchen-3ya.test',
  'jo@MÜNCHEN.test',
  'Mallory@example.test',
  'mallory+again@example.test',
]

interface Way {
  readonly name: string
  ask(email: string, token?: string): Promise<Reply>
  readonly needs?: 'guest' | 'person'
}

const v1 =
  (path: string, body: (email: string) => object, method = 'POST') =>
  (email: string, token?: string) =>
    send(`${world.url}/v1${path}`, { method, body: body(email), token })
const auth =
  (path: string, body: (email: string) => object, method = 'POST') =>
  (email: string, token?: string) =>
    send(`${world.url}/auth/v1${path}`, { method, body: body(email), token })
const nhost = (path: string, body: (email: string) => object) => (email: string, token?: string) =>
  send(`${world.url}/nhost/v1${path}`, { body: body(email), token })
const altogic = (path: string, body: (email: string) => object) => (email: string) =>
  send(`${world.url}/_api/rest/v1/auth${path}`, {
    body: body(email),
    headers: { 'x-client-key': world.publishableKey },
  })

const password = goodPassword
const ways: readonly Way[] = [
  { name: 'native sign-up', ask: v1('/sign-up/password', (email) => ({ email, password })) },
  { name: 'native passkey', ask: v1('/sign-up/passkey', (email) => ({ email })) },
  { name: 'native code', ask: v1('/sign-in/code', (email) => ({ email })) },
  { name: 'native change', needs: 'person', ask: v1('/me/email', (email) => ({ email })) },
  { name: 'native change of a guest', needs: 'guest', ask: v1('/me/email', (email) => ({ email })) },
  { name: 'supabase sign-up', ask: auth('/signup', (email) => ({ email, password })) },
  { name: 'supabase otp', ask: auth('/otp', (email) => ({ email })) },
  { name: 'supabase magic link', ask: auth('/magiclink', (email) => ({ email })) },
  { name: 'supabase change', needs: 'person', ask: auth('/user', (email) => ({ email }), 'PUT') },
  { name: 'supabase change of a guest', needs: 'guest', ask: auth('/user', (email) => ({ email }), 'PUT') },
  { name: 'nhost sign-up', ask: nhost('/signup/email-password', (email) => ({ email, password })) },
  { name: 'nhost link', ask: nhost('/signin/passwordless/email', (email) => ({ email })) },
  { name: 'nhost new link', ask: nhost('/signup/passwordless/email', (email) => ({ email })) },
  { name: 'nhost code', ask: nhost('/signin/otp/email', (email) => ({ email })) },
  { name: 'nhost change', needs: 'person', ask: nhost('/user/email/change', (newEmail) => ({ newEmail })) },
  {
    name: 'nhost guest',
    needs: 'guest',
    ask: nhost('/user/deanonymize', (email) => ({ email, password, signInMethod: 'email-password' })),
  },
  { name: 'altogic sign-up', ask: altogic('/signup-email', (email) => ({ email, password })) },
]

async function tokenOf(needs: Way['needs']): Promise<string | undefined> {
  if (needs === undefined) return undefined
  if (needs === 'guest') {
    const guest = await send(`${world.url}/v1/sign-up/anonymous`, { body: {} })
    return guest.tokens?.access
  }
  const person = await aPerson(world)
  const { email } = person
  return (await send(`${world.url}/v1/sign-in/password`, { body: { email, password } })).tokens?.access
}

async function traces(): Promise<number> {
  const [row] = await world.database.query<{ total: number }>(sql`select (
    (select count(*) from auth.users where email like '%evil%' or email like '%mnchen%' or email like 'mallory%'
      or pending_email like '%evil%' or pending_email like '%mnchen%' or pending_email like 'mallory%')
    + (select count(*) from auth.outbox where user_id is null))::int as total`)
  return row?.total ?? -1
}

describe('S16 the lists of addresses', () => {
  it.each(ways.map((way) => [way.name, way] as const))('S16 a blocked address gets nowhere by: %s', async (_, way) => {
    const token = await tokenOf(way.needs)
    const before = await traces()
    for (const email of blocked) {
      const reply = await way.ask(email, token)
      expect([reply.status >= 400 && reply.status < 500, email, reply.text]).toEqual([true, email, reply.text])
      expect(reply.text).toMatch(
        /not accepted here|identifier_not_allowed|invalid-email-password|not_allowed|not_authorized/,
      )
    }
    expect(await traces()).toBe(before)
  })

  it.each(ways.map((way) => [way.name, way] as const))(
    'and an address that nothing speaks against by: %s',
    async (_, way) => {
      const token = await tokenOf(way.needs)
      const email = `fine-${way.name.replace(/\W/g, '')}@sub.example.test`
      expect((await way.ask(email, token)).status).toBeLessThan(300)
    },
  )

  it('S16 a provider vouches for one in vain', async () => {
    for (const email of ['jo@evil.test', 'JO@x.evil.test', 'mallory+2@example.test']) {
      world.openId.person = { sub: `there-${email}`, email, email_verified: true }
      const { url } = await createTraveller().go(nativeStart(world), world.app)
      expect(url.searchParams.get('error')).toBe('identifier_not_allowed')
    }
    expect(await world.core.users.findByAddress({ email: 'jo@evil.test' })).toBeUndefined()
  })

  it('S16 an account that is connected by hand does not bring one along', async () => {
    const token = await tokenOf('guest')
    world.openId.person = { sub: 'there-adopted', email: 'adopted@evil.test', email_verified: true }
    const begun = await send(`${world.url}/v1/me/identities`, {
      token,
      body: { provider: 'google', redirectTo: world.app, codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWBuGJSstw-cM' },
    })
    const attempt = begun.body['attempt'] as { readonly step: { readonly url: string } }
    const { url } = await createTraveller().go(attempt.step.url, world.app)
    expect([begun.status, url.searchParams.get('error')]).toEqual([200, 'identifier_not_allowed'])
  })

  it('S16 an invitation or a made link does not go around them, and an administrator who makes the account does', async () => {
    const token = world.secretKey
    const invite = await send(`${world.url}/auth/v1/invite`, { body: { email: 'jo@evil.test' }, token })
    expect(invite.status).toBe(400)
    expect((await send(`${world.url}/v1/admin/invites`, { body: { email: 'jo@evil.test' }, token })).code).toBe(
      'identifier_not_allowed',
    )
    for (const purpose of ['sign_up', 'invite', 'sign_in'] as const)
      await expect(
        generateLink(world.core, aCaller(), { type: 'key', id: 'k' }, { purpose, email: 'jo@evil.test', password }),
      ).rejects.toMatchObject({ code: 'identifier_not_allowed' })
    const { email } = await aPerson(world)
    await expect(
      generateLink(
        world.core,
        aCaller(),
        { type: 'key', id: 'k' },
        { purpose: 'email_change', email, newEmail: 'jo@evil.test' },
      ),
    ).rejects.toMatchObject({ code: 'identifier_not_allowed' })
    const made = { email: 'partner@evil.test', password, emailConfirmed: true }
    expect((await send(`${world.url}/v1/admin/users`, { body: made, token })).status).toBe(201)
  })
})

describe('S16 where only listed addresses may sign up', () => {
  let closed: SocialWorld
  beforeAll(async () => {
    closed = await startSocial({
      signUp: { allow: ['acme.test'] },
      providers: { google: { emailOptional: true } },
    })
  })
  afterAll(() => closed.close())

  it('S16 a provider that knows no address lets nobody in', async () => {
    closed.openId.person = { sub: 'nameless' }
    const { url } = await createTraveller().go(nativeStart(closed), closed.app)
    expect(url.searchParams.get('error')).toBe('identifier_not_allowed')
    closed.openId.person = { sub: 'named', email: 'jo@acme.test', email_verified: true }
    const fine = await createTraveller().go(nativeStart(closed), closed.app)
    expect(fine.url.searchParams.get('code')).toMatch(/./)
  })

  it('S13 a refusal tells nothing about who is there', async () => {
    const { email } = await aPerson(closed, { email: 'partner@elsewhere.test' })
    const ask = (address: string) => send(`${closed.url}/v1/sign-in/code`, { body: { email: address } })
    const [known, unknown] = [await ask(email), await ask('nobody@elsewhere.test')]
    expect([known.status, known.code]).toEqual([unknown.status, unknown.code])
    const signIn = await send(`${closed.url}/v1/sign-in/password`, { body: { email, password } })
    expect(signIn.status).toBe(200)
  })
})
