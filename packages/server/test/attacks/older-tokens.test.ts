import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aalOf, aProtected, appCode, challenge, freshCode, halfway, native, supabase } from './tools/factors.ts'
import { aMember, type Member, tokensOf } from './tools/people.ts'
import { objectIn, type Reply, send, type Tokens } from './tools/reply.ts'

const site = 'http://localhost:3000'
const grace = 60
let world: World
let doors: Readonly<Record<Door['name'], Door>>
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site, sessions: { grace } } })
  doors = doorsOf(world)
})
afterAll(() => world.close())

const claimsOf = (access: string) =>
  JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
const rowOf = async (access: string) => {
  const id = String(claimsOf(access)['session_id'])
  const [row] = await world.database.query<{ aal: string; methods: string[] }>(
    sql`select aal, array(select jsonb_array_elements(amr) ->> 'method') as methods from auth.sessions where id = ${id}`,
  )
  return row
}
const answer = (attempt: string | undefined, said: object, access: string) =>
  native(world, '/attempts/answer', { attempt, ...said }, access)
const byPassword = async ({ password }: Pick<Member, 'password'>, access: string): Promise<Reply> => {
  const { attempt } = await native(world, '/me/elevation', {}, access)
  return answer(attempt, { option: 'password', password }, access)
}
const later = async (tokens: Tokens, seconds: number): Promise<Tokens> => {
  world.clock.move(seconds)
  return tokensOf(await doors.native.refresh(tokens.refresh))
}
const remove = (access: string) => send(`${world.url}/v1/me`, { method: 'DELETE', token: access })
const publicKeyOf = ({ body }: Reply) => objectIn(objectIn(objectIn(body, 'attempt'), 'step'), 'publicKey')

describe('S57: an access token that was renewed just before its session proved something', () => {
  it.each([0, 1, 300])('is not recent by what was proved %i seconds later', async (seconds) => {
    const who = await aMember(world, doors.native)
    const page = await later(who.tokens, 20 * 60)
    world.clock.move(seconds)
    const proved = tokensOf(await byPassword(who, page.access))
    expect((await remove(page.access)).code).toBe('reauthentication_needed')
    expect((await remove(proved.access)).status).toBe(204)
  })
})

describe('S49: an access token from before a step-up', () => {
  /** Somebody without a second factor whose session rose by a passkey that made sure who it was. */
  const risen = async () => {
    const who = await aMember(world, doors.native)
    const key = securityKey(site)
    const begun = await native(world, '/me/factors', { type: 'passkey' }, who.tokens.access)
    const made = await answer(begun.attempt, { credential: key.create(publicKeyOf(begun)) }, who.tokens.access)
    const page = await later(tokensOf(made), 20 * 60)
    world.clock.move(5)
    const { attempt } = await native(world, '/me/elevation', {}, page.access)
    const asked = await native(world, '/attempts/challenge', { attempt, option: 'passkey' }, page.access)
    const credential = key.get(publicKeyOf(asked), { verified: true })
    const owner = tokensOf(await answer(attempt, { credential }, page.access))
    expect([aalOf(page.access), aalOf(owner.access)]).toEqual(['aal1', 'aal2'])
    return { who, page, owner }
  }

  it('does not get to the level of the step-up by a password', async () => {
    const { who, page } = await risen()
    const thief = tokensOf(await byPassword(who, page.access))
    expect([aalOf(thief.access), (await rowOf(thief.access))?.aal]).toEqual(['aal1', 'aal1'])
    expect((await rowOf(thief.access))?.methods).toEqual(['password', 'passkey', 'code'])
  })
})

describe('S90: a second factor that is set up elsewhere', () => {
  it('leaves no session in which it was not proved, by way of an older token either', async () => {
    const who = await aProtected(world, doors.native)
    const first = await halfway(world, who)
    const stolen = await later(first, 30)
    const challengeId = await challenge(world, who.factorId, stolen.access)
    const proof = { challenge_id: challengeId, code: freshCode(world, who.secret) }
    const owner = tokensOf(await supabase(world, `/factors/${who.factorId}/verify`, proof, stolen.access))
    expect(aalOf(owner.access)).toBe('aal2')
    const begun = await native(world, '/me/factors', { type: 'totp' }, who.tokens.access)
    const secret = String(objectIn(objectIn(begun.body, 'attempt'), 'step')['secret'])
    expect((await answer(begun.attempt, { code: appCode(world, secret) }, who.tokens.access)).status).toBe(200)
    expect((await doors.native.refresh(stolen.refresh)).tokens).toBeUndefined()
    expect((await doors.native.refresh(owner.refresh)).tokens).toBeDefined()
  })
})

describe('S52 S49: a factor that was taken away', () => {
  it('leaves what was proved with it neither recent nor a level', async () => {
    const who = await aProtected(world, doors.native)
    const first = await halfway(world, who)
    world.clock.move(20 * 60)
    const rise = async (access: string) => {
      const challengeId = await challenge(world, who.factorId, access)
      const proof = { challenge_id: challengeId, code: freshCode(world, who.secret) }
      return tokensOf(await supabase(world, `/factors/${who.factorId}/verify`, proof, access))
    }
    const lost = await rise((await later(first, 0)).access)
    const admin = await rise((await later(who.tokens, 0)).access)
    const gone = await send(`${world.url}/v1/me/factors/${who.factorId}`, { method: 'DELETE', token: admin.access })
    expect(gone.status).toBe(204)
    expect((await remove(lost.access)).code).toBe('reauthentication_needed')
    expect((await remove((await later(lost, 1)).access)).code).toBe('reauthentication_needed')
    expect((await remove(admin.access)).status).toBe(204)
  })

  it('gives nothing back to a session that stepped up twice around it', async () => {
    const who = await aProtected(world, doors.native)
    const second = await native(world, '/me/factors', { type: 'totp', name: 'second' }, who.tokens.access)
    const secret = String(objectIn(objectIn(second.body, 'attempt'), 'step')['secret'])
    const added = await answer(second.attempt, { code: appCode(world, secret) }, who.tokens.access)
    const admin = tokensOf(added)
    const other = String(objectIn(added.body, 'factor')['id'])
    const rise = async (factorId: string, seed: string, access: string) => {
      const proof = { challenge_id: await challenge(world, factorId, access), code: freshCode(world, seed) }
      return tokensOf(await supabase(world, `/factors/${factorId}/verify`, proof, access))
    }
    const first = await halfway(world, who)
    const aal2 = await rise(who.factorId, who.secret, first.access)
    const page = await later(aal2, 90)
    const stolen = await rise(other, secret, page.access)
    const gone = await send(`${world.url}/v1/me/factors/${who.factorId}`, { method: 'DELETE', token: admin.access })
    expect(gone.status).toBe(204)
    expect((await rowOf(stolen.access))?.aal).toBe('aal1')
    const owner = await rise(other, secret, stolen.access)
    expect(aalOf(owner.access)).toBe('aal2')
    const thief = tokensOf(await doors.native.refresh(stolen.refresh))
    expect([aalOf(thief.access), (await rowOf(thief.access))?.methods]).toEqual(['aal1', ['password']])
  })
})
