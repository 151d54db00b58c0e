import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aalOf, aProtected, appCode, challenge, halfway, native, type Protected, supabase } from './tools/factors.ts'
import { aMember, tokensOf } from './tools/people.ts'
import { type Reply, send, type Tokens } from './tools/reply.ts'

const grace = 60

interface Who extends Protected {
  readonly codes: readonly string[]
}

type StepUp = (world: World, who: Who, access: string) => Promise<Reply>

/** Every way to raise a session to its second factor. */
const ways: Readonly<Record<string, StepUp>> = {
  'a factor': async (world, { factorId, secret }, access) => {
    const challengeId = await challenge(world, factorId, access)
    const proved = { challenge_id: challengeId, code: appCode(world, secret) }
    return supabase(world, `/factors/${factorId}/verify`, proved, access)
  },
  'a recovery code': (world, { codes }, access) =>
    supabase(world, '/factors/recovery-codes/verify', { code: codes[0] }, access),
  'an elevation': async (world, { secret }, access) => {
    const { attempt } = await native(world, '/me/elevation', { level: 'aal2' }, access)
    return native(world, '/attempts/answer', { attempt, option: 'totp', code: appCode(world, secret) }, access)
  },
}

const elevatedClaim = 'x-hasura-auth-elevated'
const claimsOf = (access: string) =>
  JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
const already = 'refresh_token_already_used'

describe.each(['embedded', 'postgres'] as const)('S49: stepping up with an older token about, on %s', (database) => {
  let world: World
  let doors: Readonly<Record<Door['name'], Door>>
  beforeAll(async () => {
    world = await startWorld({ database, config: { sessions: { grace } } })
    doors = doorsOf(world)
  })
  afterAll(() => world.close())

  const aWho = async (): Promise<Who> => {
    const who = await aProtected(world, doors.native)
    const { body } = await native(world, '/me/recovery-codes', {}, who.tokens.access)
    return { ...who, codes: body['codes'] as string[] }
  }
  const levelOf = async (access: string) => {
    const id = String(claimsOf(access)['session_id'])
    const [row] = await world.database.query<{ aal: string }>(sql`select aal from auth.sessions where id = ${id}`)
    return row?.aal
  }
  /** A session at its first level is renewed, and steps up just after: somebody else has what it was renewed with. */
  const caught = async (way: string) => {
    const who = await aWho()
    const first = await halfway(world, who)
    world.clock.move(grace + 30)
    const stolen = tokensOf(await doors.supabase.refresh(first.refresh))
    const reply = await ways[way]?.(world, who, stolen.access)
    if (reply === undefined) throw new Error('no such way')
    const owner = tokensOf(reply)
    expect([aalOf(owner.access), await levelOf(owner.access)]).toEqual(['aal2', 'aal2'])
    return { who, first, stolen, owner }
  }
  const change = (access: string) => native(world, '/me/recovery-codes', {}, access)
  const rises = async (tokens: Tokens) => {
    const claims = claimsOf(tokens.access)
    const hasura = claims['https://hasura.io/jwt/claims'] as Record<string, unknown> | undefined
    return [claims['aal'], await levelOf(tokens.access), hasura !== undefined && elevatedClaim in hasura]
  }
  const down = ['aal1', 'aal1', false]

  it.each(Object.keys(ways))(
    'S49 by %s raises nobody who stole a token just before, whenever they show it',
    async (way) => {
      for (const later of [0, grace + 5, 1_800])
        for (const shown of ['stolen', 'first'] as const) {
          const tokens = await caught(way)
          world.clock.move(later)
          const thief = tokensOf(await doors.native.refresh(tokens[shown].refresh))
          expect(await rises(thief)).toEqual(down)
          expect((await change(thief.access)).code).toBe('insufficient_aal')
          // The owner's token says more than its session is by now: ours believe the session.
          expect((await change(tokens.owner.access)).code).toBe('insufficient_aal')
          const again = tokensOf(await doors.supabase.refresh(thief.refresh))
          expect(await rises(again)).toEqual(down)
          world.clock.move(grace + 5)
          const owner = await doors.native.refresh(tokens.owner.refresh)
          expect([owner.code, owner.tokens]).toEqual([already, undefined])
          expect((await doors.native.refresh(again.refresh)).tokens).toBeUndefined()
          expect(await levelOf(thief.access)).toBeUndefined()
        }
    },
  )

  it.each(Object.keys(ways))('S46 S49 by %s ends for a thief who comes once the new token is in use', async (way) => {
    for (const shown of ['stolen', 'first'] as const) {
      const tokens = await caught(way)
      world.clock.move(300)
      const next = tokensOf(await doors.supabase.refresh(tokens.owner.refresh))
      expect([aalOf(next.access), await levelOf(next.access)]).toEqual(['aal2', 'aal2'])
      const thief = await doors.native.refresh(tokens[shown].refresh)
      expect([thief.code, thief.tokens]).toEqual([already, undefined])
      expect(await levelOf(next.access)).toBeUndefined()
      expect((await world.inbox.waitFor(tokens.who.email, 'session_replayed')).to).toContain(tokens.who.email)
    }
  })

  it('S48 whose page came last goes on at the former level, and steps up anew', async () => {
    const { who, first, stolen, owner } = await caught('a factor')
    world.clock.move(1_800)
    const page = tokensOf(await doors.supabase.refresh(stolen.refresh))
    expect((await doors.supabase.me(page.access)).status).toBe(200)
    expect(await rises(page)).toEqual(down)
    world.clock.move(grace + 5)
    const anew = tokensOf((await ways['an elevation']?.(world, who, page.access)) as Reply)
    expect([aalOf(anew.access), await levelOf(anew.access)]).toEqual(['aal2', 'aal2'])
    expect((await change(anew.access)).status).toBe(201)
    world.clock.move(1_800)
    const last = tokensOf(await doors.native.refresh(anew.refresh))
    expect(aalOf(last.access)).toBe('aal2')
    for (const { refresh } of [first, stolen, owner]) {
      expect((await doors.native.refresh(refresh)).code).toBe('refresh_token_not_found')
      expect(await levelOf(last.access)).toBe('aal2')
    }
  })

  it('S49 shown at once with the new token, an older one never rises, and one session is left at most', async () => {
    for (const _ of Array.from({ length: 6 })) {
      const { who, first, stolen, owner } = await caught('a factor')
      const shown = [stolen, owner, first, stolen, owner]
      const replies = await Promise.all(shown.map(({ refresh }) => doors.native.refresh(refresh)))
      for (const [index, { status, tokens }] of replies.entries()) {
        expect(status).toBeLessThan(500)
        if (tokens !== undefined && shown[index] !== owner) expect(aalOf(tokens.access)).toBe('aal1')
      }
      const live =
        await world.database.query(sql`select t.digest from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id
        where s.user_id = ${who.id} and s.id = ${String(claimsOf(owner.access)['session_id'])} and used_at is null and not void`)
      expect(live.length).toBeLessThanOrEqual(1)
    }
  })

  it('S49 a password proved once more is as if it had not been, for a token from before', async () => {
    const member = await aMember(world, doors.native)
    world.clock.move(900)
    const page = tokensOf(await doors.native.refresh(member.tokens.refresh))
    const { attempt } = await native(world, '/me/elevation', {}, page.access)
    const proved = await native(
      world,
      '/attempts/answer',
      { attempt, option: 'password', password: member.password },
      page.access,
    )
    expect(claimsOf(tokensOf(proved).access)['amr']).toHaveLength(2)
    const back = tokensOf(await doors.native.refresh(page.refresh))
    expect(claimsOf(back.access)['amr']).toEqual(claimsOf(page.access)['amr'])
    const stale = await send(`${world.url}/v1/me/email`, { token: back.access, body: { email: 'new@example.test' } })
    expect(stale.status).toBeGreaterThanOrEqual(400)
  })

  it('S49 the claim of an elevation is not in what an older token is led back to', async () => {
    const member = await aMember(world, doors.native)
    world.clock.move(900)
    const page = tokensOf(await doors.native.refresh(member.tokens.refresh))
    const { nhost } = clientDoorsOf(world)
    await world.inbox.clear()
    await nhost.call('/elevate/otp/email', { token: page.access })
    const { code } = await world.inbox.waitFor(member.email)
    const proved = await nhost.call('/elevate/otp/email/verify', { token: page.access, body: { otp: code } })
    expect(await rises({ ...page, access: nhost.tokenOf(proved) ?? '' })).toEqual(['aal1', 'aal1', true])
    for (const _ of [1, 2]) {
      const back = tokensOf(await doors.native.refresh(page.refresh))
      expect(await rises(back)).toEqual(down)
      expect(claimsOf(back.access)['amr']).toEqual(claimsOf(page.access)['amr'])
    }
  })

  it('S90 a new factor leaves no token from before it, wherever that was on its way', async () => {
    const member = await aMember(world, doors.native)
    const page = tokensOf(await doors.native.refresh(member.tokens.refresh))
    const begun = await native(world, '/me/factors', { type: 'totp' }, page.access)
    const { token, step } = begun.body['attempt'] as { token: string; step: { secret: string } }
    const done = await native(
      world,
      '/attempts/answer',
      { attempt: token, code: appCode(world, step.secret) },
      page.access,
    )
    expect(aalOf(tokensOf(done).access)).toBe('aal2')
    for (const old of [member.tokens.refresh, page.refresh])
      expect((await doors.native.refresh(old)).code).toBe('refresh_token_not_found')
    expect(aalOf(tokensOf(await doors.native.refresh(tokensOf(done).refresh)).access)).toBe('aal2')
  })
})
