import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { aPerson, signedInAt } from './wire/people.ts'
import { parallel, verdict } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ database: 'postgres' })
})
afterAll(() => world.close())

const many = 100_000

/** Piles up what a day without cleaning leaves. */
async function pileUp(userId: string): Promise<void> {
  const old = `now() - interval '400 days'`
  await world.database.script(`
    insert into auth.tickets (id, purpose, subject, payload, expires_at, created_at)
      select gen_random_uuid(), 'sign_in', 'nobody:' || g, '{}', ${old}, ${old} from generate_series(1, ${many}) g;
    insert into auth.sessions (id, user_id, dialect, aal, amr, proved_at, created_at, last_used_at, ends_at)
      select gen_random_uuid(), '${userId}', 'native', 'aal1', '[]', ${old}, ${old}, ${old}, ${old} from generate_series(1, ${many}) g;
    insert into auth.refresh_tokens (digest, session_id, created_at)
      select sha256(id::text::bytea), id, ${old} from auth.sessions where ends_at < now();
    insert into auth.rate_counters (key, count, window_ends_at) select 'x' || g, 1, ${old} from generate_series(1, ${many}) g;
    insert into auth.guess_counters (key, count, window_ends_at) select 'x' || g, 1, ${old} from generate_series(1, ${many}) g;
    insert into auth.idempotency_keys (key, request_digest, created_at)
      select sha256(g::text::bytea), '\\x00', ${old} from generate_series(1, 10000) g`)
}

describe('nothing lives for ever', () => {
  it('S130 what expired is never honoured, cleaned away or not', async () => {
    const door = doorNamed('native', world)
    const me = await signedInAt(world, door)
    const begun = await door.requestCode(me.email)
    const { code } = await world.inbox.waitFor(me.email, 'sign_in')
    world.clock.move(601)
    expect(verdict(await door.answerCode(begun, me.email, code ?? ''))).toMatch(/^4(03|10) /)
    world.clock.move(181 * 86_400)
    expect(verdict(await door.refresh(me.refresh))).toBe('400 session_expired')
    expect(verdict(await door.me(me.access))).toMatch(/^40[13] /)
    expect(await countRows(world.database, 'sessions', 'id = $1', [me.sessionId])).toBe(1)
  })

  it('S130 a hundred thousand of each go in small steps while people sign in', { timeout: 120_000 }, async () => {
    const door = doorNamed('native', world)
    const person = await aPerson(world)
    await pileUp(person.id)
    const state = { done: false }
    const cleaning = cleanUp(world.core).finally(() => {
      state.done = true
    })
    const replies = []
    while (!state.done) replies.push(...(await parallel(2, () => door.signIn(person.email, person.password))))
    const gone = await cleaning
    expect(replies.length).toBeGreaterThan(2)
    expect(replies.filter(({ status }) => status !== 200)).toEqual([])
    expect(gone).toBeGreaterThan(4 * many)
    // One run takes so many of each kind; what came on top is the next one's.
    await cleanUp(world.core)
    for (const [table, where] of Object.entries({
      tickets: `expires_at < now() - interval '1 day'`,
      sessions: `ends_at < now() - interval '1 day'`,
      rate_counters: `window_ends_at < now() - interval '1 day'`,
      guess_counters: `window_ends_at < now() - interval '1 day'`,
      idempotency_keys: `created_at < now() - interval '2 days'`,
    }))
      expect(await countRows(world.database, table, where), table).toBe(0)
    expect(await countRows(world.database, 'refresh_tokens', 'session_id not in (select id from auth.sessions)')).toBe(
      0,
    )
    expect(door.isSession(replies.at(-1) ?? (await door.signIn(person.email, person.password)))).toBe(true)
  })

  it('S130 S125 guests who never came back go, others stay', async () => {
    const door = doorNamed('native', world)
    const gone = door.held(await door.signUpAnonymously())
    const person = await aPerson(world)
    world.clock.move(29 * 86_400)
    const stays = door.held(await door.signUpAnonymously())
    world.clock.move(2 * 86_400)
    await cleanUp(world.core)
    expect(await world.core.users.find(gone.userId)).toBeUndefined()
    expect(await world.core.users.find(stays.userId)).toBeDefined()
    expect(await world.core.users.find(person.id)).toBeDefined()
  })
})
