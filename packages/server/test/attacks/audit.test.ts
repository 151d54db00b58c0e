import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditEvent } from '#src/core/audit/audit.ts'
import { startWorld, type World } from '../world/world.ts'
import type { Door } from './wire/door.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { dump, statement } from './wire/dump.ts'
import { aPerson, freshEmail, goodPassword, signedInAt } from './wire/people.ts'
import { at, type Reply } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { emailChange: { bothAgree: false } } })
})
afterAll(() => world.close())

const newest = async (): Promise<string | undefined> => (await world.core.audit.list({}, { limit: 1 }))[0]?.id

/** The events that a deed leaves, oldest first. */
async function eventsOf(deed: () => Promise<unknown>): Promise<AuditEvent[]> {
  const before = await newest()
  await deed()
  const events = await world.core.audit.list({}, { limit: 50 })
  const end = events.findIndex(({ id }) => id === before)
  return events.slice(0, end === -1 ? undefined : end).reverse()
}

/** Events of one deed are of one moment: their order says nothing. */
const words = (events: readonly AuditEvent[]) => events.map(({ action, result }) => `${action} ${result}`).sort()
const mailed = async (to: string, template: string) => (await world.inbox.waitFor(to, template)).code ?? ''

describe.each(doorNames)('every deed is written down, through %s', (name) => {
  const door = () => doorNamed(name, world)

  it('S127 who, what, whom, when, from where and how it ended', async () => {
    const person = await aPerson(world)
    const [event] = await eventsOf(() =>
      door().signIn(person.email, person.password, { headers: { 'user-agent': 'Teapot/1' } }),
    )
    expect(event).toMatchObject({
      action: 'session.opened',
      result: 'ok',
      userId: person.id,
      actorType: 'user',
      actorId: person.id,
      ip: '127.0.0.1',
      userAgent: 'Teapot/1',
      dialect: name,
    })
    expect(Math.abs(Number(event?.at) - Date.now())).toBeLessThan(60_000)
    expect(event?.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('S127 sign-up, confirmation, sign-in and sign-out, allowed and refused', async () => {
    const email = freshEmail()
    const kept: { begun?: Reply; me?: ReturnType<Door['held']> } = {}
    expect(words(await eventsOf(async () => (kept.begun = await door().signUp(email, goodPassword))))).toEqual([
      'user.created ok',
    ])
    const begun = kept.begun as Reply
    const code = await mailed(email, 'sign_up')
    expect(words(await eventsOf(() => door().confirm(begun, email, code === '000000' ? '000001' : '000000')))).toEqual([
      'session.refused refused',
    ])
    const confirmed = words(
      await eventsOf(async () => (kept.me = door().held(await door().confirm(begun, email, code)))),
    )
    expect(confirmed).toEqual(['email.confirmed ok', 'session.opened ok'])
    expect(words(await eventsOf(() => door().signIn(email, 'wrong')))).toEqual(['session.refused refused'])
    expect(words(await eventsOf(() => door().signIn(freshEmail('nobody'), 'wrong')))).toEqual([
      'session.refused refused',
    ])
    expect(words(await eventsOf(() => door().signUp(email, goodPassword)))).toEqual(['user.signed_up_again refused'])
    const me = kept.me ?? door().held(begun)
    expect(words(await eventsOf(() => door().signOut(me.access, 'this')))).toEqual(['session.ended ok'])
    await world.core.users.update(me.userId, { bannedUntil: new Date(Date.now() + 86_400_000) })
    expect(words(await eventsOf(() => door().signIn(email, goodPassword)))).toEqual(['session.refused refused'])
  })

  it('S127 changes of password, address and profile, recovery and deletion', async () => {
    const me = await signedInAt(world, door())
    const next = 'the next lamp post whistles 4 tunes'
    expect(words(await eventsOf(() => door().changePassword(me.access, next, me.password)))).toContain(
      'password.changed ok',
    )
    expect(words(await eventsOf(() => door().updateMetadata(me.access, { a: 1 })))).toEqual(['user.updated ok'])
    const email = freshEmail('moved')
    const kept: { begun?: Reply } = {}
    expect(words(await eventsOf(async () => (kept.begun = await door().changeEmail(me.access, email))))).toContain(
      'email.change_requested ok',
    )
    const code = await mailed(email, 'email_change')
    const change = () =>
      name === 'native'
        ? door().call('/attempts/answer', {
            json: { attempt: at(kept.begun?.body, 'attempt', 'token'), code },
            bearer: me.access,
          })
        : door().call('/verify', { json: { type: 'email_change', email, token: code } })
    expect(words(await eventsOf(change))).toContain('email.changed ok')
    expect(words(await eventsOf(async () => (kept.begun = await door().recover(email))))).toEqual([
      'recovery.requested ok',
    ])
    const recoveryCode = await mailed(email, 'recovery')
    expect(words(await eventsOf(() => door().answerRecovery(kept.begun as Reply, email, recoveryCode)))).toEqual([
      'recovery.completed ok',
      'session.opened ok',
    ])
  })

  it('S127 what an administrator does is the administrator’s', async () => {
    const person = await aPerson(world)
    const created = await eventsOf(() =>
      door().admin('/users', { json: { email: freshEmail(), password: goodPassword } }),
    )
    expect(words(created)).toEqual(['user.created ok'])
    for (const [what, events] of [
      ['user.changed_by_admin ok', await eventsOf(() => door().ban(person.id))],
      ['user.deleted ok', await eventsOf(() => door().remove(person.id, 'hard'))],
    ] as const) {
      expect(words(events)).toEqual([what])
      expect(events[0]).toMatchObject({ userId: person.id, actorType: 'key' })
      expect(events[0]?.actorId).not.toBe(person.id)
    }
  })

  it('S127 a change that cannot be written down does not happen', async () => {
    const me = await signedInAt(world, door())
    const other = await signedInAt(world, door())
    const begun = await door().recover(me.email)
    const code = await mailed(me.email, 'recovery')
    await world.database.script(`
      create function auth.refuse_audit() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create trigger refuse_audit before insert on auth.audit_events for each row execute function auth.refuse_audit()`)
    try {
      const before = await dump(world.database)
      const email = freshEmail('unwritten')
      const replies = [
        await door().signIn(me.email, me.password),
        await door().signUp(email, goodPassword),
        await door().signUpAnonymously(),
        await door().changePassword(me.access, 'the next lamp post whistles 4 tunes', me.password),
        await door().updateMetadata(me.access, { changed: true }),
        await door().signOut(me.access, 'all'),
        await door().answerRecovery(begun, me.email, code),
        await door().ban(other.id),
        await door().remove(other.id, 'hard'),
        await door().admin('/users', { json: { email, password: goodPassword } }),
      ]
      for (const reply of replies) expect(reply.status, reply.text).toBe(500)
      const after = await dump(world.database)
      for (const table of ['users', 'identities', 'sessions', 'refresh_tokens', 'api_keys'])
        expect(after.get(table), table).toBe(before.get(table))
      expect((await door().me(me.access)).status).toBe(200)
    } finally {
      await world.database.script('drop trigger refuse_audit on auth.audit_events; drop function auth.refuse_audit()')
    }
  })
})

describe('the record', () => {
  it('S127 is never changed or taken away by the server’s own role', async () => {
    for (const text of [
      `update auth.audit_events set result = 'ok'`,
      'delete from auth.audit_events',
      'truncate auth.audit_events',
      'update auth.audit_events set user_id = null',
    ])
      await expect(world.database.query(statement(text)), text).rejects.toThrow(/never changed/)
  })

  it('S127 keys are written down when they are made and revoked', async () => {
    const native = doorNamed('native', world)
    const json = { kind: 'secret', name: 'ops', scopes: ['users:read'] }
    const kept: { id: unknown } = { id: undefined }
    const made = await eventsOf(async () => {
      const reply = await native.admin('/api-keys', { json })
      expect(reply.status, reply.text).toBe(201)
      kept.id = at(reply.body, 'id')
    })
    expect(words(made)).toEqual(['api_key.created ok'])
    expect(words(await eventsOf(() => native.admin(`/api-keys/${String(kept.id)}`, { method: 'DELETE' })))).toEqual([
      'api_key.revoked ok',
    ])
    expect(words(await eventsOf(() => native.admin('/signing-keys', { json: {} })))).toEqual(['signing_key.rotated ok'])
  })

  it('S127 holds ids, never an address, a name or a secret', async () => {
    const rows = (await dump(world.database)).get('audit_events') ?? ''
    expect(rows).not.toContain('@example.test')
    expect(rows).not.toMatch(/argon2|wws_|eyJ/)
  })
})
