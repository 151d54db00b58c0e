import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import type { Door, Held } from './wire/door.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { countRows, dump } from './wire/dump.ts'
import { freshEmail, goodPassword, type Person, signedInAt } from './wire/people.ts'
import { parallel, statuses } from './wire/send.ts'

const runs = ['embedded', 'postgres'] as const

/** Somebody who has left traces wherever one can. */
async function traced(
  world: World,
  door: Door,
): Promise<Person & Held & { readonly name: string; readonly agent: string }> {
  const me = await signedInAt(world, door)
  const [name, agent] = [`Traceable ${me.id.slice(-6)}`, `Agent-${me.id.slice(-6)}`]
  await door.signIn(me.email, me.password, { headers: { 'user-agent': agent } })
  await world.core.users.update(me.id, {
    displayName: name,
    metadata: { nick: name },
    avatarUrl: `https://a.test/${name}`,
  })
  await door.signIn(me.email, 'wrong', { headers: { 'user-agent': agent } })
  await door.requestCode(me.email)
  await door.recover(me.email)
  await door.changeEmail(me.access, freshEmail(`pending-${me.id.slice(-6)}`))
  await world.inbox.waitFor(me.email, 'recovery')
  return { ...me, name, agent }
}

describe.each(runs)('deletion on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ database: kind })
  })
  afterAll(() => world.close())

  const expectForgotten = async (me: Awaited<ReturnType<typeof traced>>, rowLeft: boolean) => {
    const rows = await dump(world.database)
    for (const [table, text] of rows) {
      for (const [what, value] of Object.entries({
        address: me.email,
        name: me.name,
        agent: me.agent,
        local: me.email.split('@')[0] ?? '',
      }))
        expect(text.includes(value), `${table} still holds the ${what}`).toBe(false)
      // The audit log keeps the id; so do counters, under a key nobody can read back, an emptied row, and for a day
      // the events that tell of the end.
      const kept = [
        'audit_events',
        'user_events',
        'guess_counters',
        'rate_counters',
        'outbox',
        ...(rowLeft ? ['users'] : []),
      ]
      if (!kept.includes(table)) expect(text.includes(me.id), `${table} still holds the id`).toBe(false)
    }
    expect(
      await countRows(world.database, 'audit_events', 'user_id = $1 and (ip is not null or user_agent is not null)', [
        me.id,
      ]),
    ).toBe(0)
    expect(await countRows(world.database, 'audit_events', `user_id = $1 and action = 'user.deleted'`, [me.id])).toBe(1)
  }

  it.each(doorNames)('S129 for good leaves nothing but the id in the audit log, through %s', async (name) => {
    const door = doorNamed(name, world)
    const me = await traced(world, door)
    expect([200, 204]).toContain((await door.remove(me.id, 'hard')).status)
    await world.inbox.waitFor(me.email, 'account_deleted')
    await expectForgotten(me, false)
    expect((await door.remove(me.id, 'hard')).status).toBe(404)
    expect((await door.signIn(me.email, me.password)).status).toBe(400)
  })

  it.each(doorNames)('S129 leaving the row empties it, through %s', async (name) => {
    const door = doorNamed(name, world)
    const me = await traced(world, door)
    expect([200, 204]).toContain((await door.remove(me.id, 'soft')).status)
    await expectForgotten(me, true)
    const user = await world.core.users.find(me.id)
    expect(user).toMatchObject({
      email: null,
      phone: null,
      displayName: '',
      avatarUrl: null,
      metadata: {},
      hasPassword: false,
    })
    expect(user?.deletedAt).not.toBeNull()
    expect([200, 204, 404]).toContain((await door.remove(me.id, 'soft')).status)
    expect((await door.me(me.access)).status).toBeGreaterThanOrEqual(401)
  })

  it('S129 the address is free again, and S43 nothing old opens the new account', async () => {
    for (const mode of ['hard', 'soft'] as const) {
      const door = doorNamed('supabase', world)
      const me = await signedInAt(world, door)
      await door.remove(me.id, mode)
      await world.inbox.clear()
      const begun = await door.signUp(me.email, 'another violet teapot hums 9 songs')
      const { code } = await world.inbox.waitFor(me.email, 'sign_up')
      const again = door.held(await door.confirm(begun, me.email, code ?? ''))
      expect(again.userId).not.toBe(me.id)
      expect((await door.signIn(me.email, goodPassword)).status).toBe(400)
      expect((await door.refresh(me.refresh)).status).toBe(400)
      expect((await door.me(me.access)).status).toBe(403)
    }
  })

  it('S129 by its owner', async () => {
    const door = doorNamed('native', world)
    const me = await traced(world, door)
    expect((await door.call('/me', { method: 'DELETE', bearer: me.access })).status).toBe(204)
    await expectForgotten(me, false)
    expect((await door.call('/me', { method: 'DELETE', bearer: me.access })).status).toBeGreaterThanOrEqual(401)
  })

  it.each(['hard', 'soft'] as const)('S129 twenty deletions at once are one (%s), told once', async (mode) => {
    const door = doorNamed('supabase', world)
    const me = await signedInAt(world, door)
    const replies = await parallel(20, () => door.remove(me.id, mode))
    const counted = statuses(replies)
    expect(counted[200]).toBeGreaterThan(0)
    expect(
      Object.keys(counted).filter((status) => !['200', '404'].includes(status)),
      JSON.stringify(counted),
    ).toEqual([])
    expect(await countRows(world.database, 'audit_events', `user_id = $1 and action = 'user.deleted'`, [me.id])).toBe(1)
    await world.inbox.waitFor(me.email, 'account_deleted')
    expect((await world.inbox.list(me.email)).filter(({ template }) => template === 'account_deleted')).toHaveLength(1)
  })
})
