import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aProtected, freshCode, native } from './tools/factors.ts'
import { aMember, goodPassword, tokensOf } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

const site = 'http://localhost:3000'
let world: World
let door: Door
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site } })
  door = doorsOf(world).native
})
afterAll(() => world.close())

/** Adds a passkey that signs in alone, and answers the tokens after it. */
async function withPasskey(access: string): Promise<string> {
  const begun = await native(world, '/me/factors', { type: 'passkey' }, access)
  const attempt = objectIn(begun.body, 'attempt')
  const publicKey = objectIn(objectIn(attempt, 'step'), 'publicKey')
  const credential = securityKey(site).create(publicKey)
  const added = await native(world, '/attempts/answer', { attempt: attempt['token'], credential }, access)
  return tokensOf(added).access
}

/** Somebody with an authenticator app, and a passkey that is none of their second factors. */
async function aProtectedWithPasskey() {
  const who = await aProtected(world, door)
  return { ...who, access: await withPasskey(who.tokens.access) }
}

const elevation = async (access: string) => (await native(world, '/me/elevation', {}, access)).attempt
const challenge = (attempt: string | undefined, option: string, access: string) =>
  native(world, '/attempts/challenge', { attempt, option }, access)
const answer = (attempt: string | undefined, said: object, access: string) =>
  native(world, '/attempts/answer', { attempt, ...said }, access)
const refused = ({ status, tokens }: Reply) => [status >= 400 && status < 500, tokens]

describe('S57: an elevation takes what it offers', () => {
  it('S91 neither a password nor a mailed code stands in for a second factor, whatever was chosen before', async () => {
    const { access, email } = await aProtectedWithPasskey()
    world.clock.move(11 * 60)
    const attempt = await elevation(access)
    expect((await challenge(attempt, 'passkey', access)).status).toBe(200)
    expect(refused(await answer(attempt, { password: goodPassword }, access))).toEqual([true, undefined])
    await world.inbox.clear()
    expect(refused(await challenge(attempt, 'email', access))).toEqual([true, undefined])
    expect(refused(await challenge(attempt, 'phone', access))).toEqual([true, undefined])
    expect(await world.inbox.staysEmpty(email)).toBe(true)
    const stale = await send(`${world.url}/v1/me/recovery-codes`, { token: access, body: {} })
    expect(stale.code).toBe('reauthentication_needed')
  })

  it('and goes on with what it offers', async () => {
    const { access, secret } = await aProtectedWithPasskey()
    world.clock.move(11 * 60)
    const attempt = await elevation(access)
    await challenge(attempt, 'passkey', access)
    await answer(attempt, { password: goodPassword }, access)
    await challenge(attempt, 'totp', access)
    expect((await answer(attempt, { code: freshCode(world, secret) }, access)).body['status']).toBe('complete')
  })

  it('proves nothing for an access token from before it, whoever holds that', async () => {
    const who = await aMember(world, door)
    world.clock.move(11 * 60)
    const before = who.tokens.access
    const after = tokensOf(await answer(await elevation(before), { password: goodPassword }, before)).access
    expect((await send(`${world.url}/v1/me`, { method: 'DELETE', token: before })).code).toBe('reauthentication_needed')
    expect((await send(`${world.url}/v1/me`, { method: 'DELETE', token: after })).status).toBe(204)
  })

  it('is worth the claim of one to a key or a second factor, and to nothing that a thief of passwords has', async () => {
    const claimOf = ({ tokens }: Reply) => {
      const payload = Buffer.from(tokens?.access.split('.')[1] ?? '', 'base64url').toString()
      return (JSON.parse(payload) as Record<string, Record<string, unknown>>)['https://hasura.io/jwt/claims']
    }
    const claim = 'x-hasura-auth-elevated'
    const plain = await aMember(world, door)
    const access = await withPasskey(plain.tokens.access)
    const typed = await answer(await elevation(access), { password: plain.password }, access)
    expect(typed.body['status']).toBe('complete')
    expect(claimOf(typed)).not.toHaveProperty(claim)

    const mailed = await elevation(access)
    await world.inbox.clear()
    await challenge(mailed, 'email', access)
    const { code } = await world.inbox.waitFor(plain.email, 'reauthentication')
    const said = await answer(mailed, { code }, access)
    expect([said.body['status'], claimOf(said)]).toEqual([
      'complete',
      expect.not.objectContaining({ [claim]: plain.id }),
    ])

    const { access: other, secret, id } = await aProtectedWithPasskey()
    const proved = await answer(await elevation(other), { code: freshCode(world, secret) }, other)
    expect(claimOf(proved)).toHaveProperty(claim, id)
  })

  it('begun without a second factor does not end with one', async () => {
    const { tokens, password } = await aMember(world, door)
    const attempt = await elevation(tokens.access)
    const begun = await native(world, '/me/factors', { type: 'totp' }, tokens.access)
    const setUp = objectIn(begun.body, 'attempt')
    const secret = String(objectIn(setUp, 'step')['secret'])
    const done = await native(
      world,
      '/attempts/answer',
      { attempt: setUp['token'], code: freshCode(world, secret) },
      tokens.access,
    )
    const { access } = tokensOf(done)
    expect(refused(await answer(attempt, { password }, access))).toEqual([true, undefined])
  })
})
