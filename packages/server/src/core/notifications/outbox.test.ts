import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { later } from '../../base/duration.ts'
import { systemRuntime } from '../../base/runtime.ts'
import { migrate } from '../../storage/migrate.ts'
import { openEmbedded } from '../../storage/pglite.ts'
import { sql } from '../../storage/sql.ts'
import { createVault } from '../vault/vault.ts'
import { createInboxMessages } from './inbox-messages.ts'
import { nextTry } from './next-try.ts'
import { createOutbox } from './outbox.ts'
import { createOutboxAdmin } from './outbox-admin.ts'
import type { OutboxMessage } from './outgoing.ts'

const database = await openEmbedded({ folder: undefined, schema: 'auth' })
await migrate(database)
const clock = { now: new Date('2026-03-01T12:00:00.000Z') }
const runtime = { ...systemRuntime(), now: () => clock.now }
const vault = createVault([{ id: 'k1', bytes: Buffer.alloc(32, 7) }], runtime)
const needs = { database, vault, runtime }
const outbox = createOutbox(needs)
const admin = createOutboxAdmin(needs)
const inbox = createInboxMessages(needs)
const pass = (seconds: number) => {
  clock.now = later(clock.now, seconds)
}

const userId = '01920000-0000-7000-8000-000000000001'
const message: OutboxMessage = {
  channel: 'email',
  to: 'jo@example.test',
  template: 'sign_in',
  locale: 'de',
  values: { code: '012345', link: 'https://id.example.test/v1/links?token=wwl_marked', displayName: 'Jo' },
  userId,
  requestId: 'req-1',
}
const take = (limit = 10) => outbox.claim({ limit, channels: ['email', 'sms'] })
const takeOne = async () => {
  const [claimed] = await take(1)
  if (claimed === undefined) throw new Error('nothing was due')
  return claimed
}

beforeEach(() => database.script('delete from auth.outbox').then(() => pass(1)))
afterAll(() => database.close())

describe('enqueue and claim', () => {
  it('give back what was put in', async () => {
    const expiresAt = later(clock.now, 600)
    const [id] = await outbox.enqueue([{ ...message, expiresAt }])
    const claimed = await takeOne()
    expect(claimed).toMatchObject({ id, channel: 'email', template: 'sign_in', attempts: 1, userId })
    expect(claimed.letter).toEqual({
      to: message.to,
      locale: 'de',
      values: message.values,
      requestId: 'req-1',
      expiresAt: expiresAt.toISOString(),
    })
  })

  it('take part in the transaction of the caller', async () => {
    const failing = database.transaction(async (tx) => {
      await outbox.enqueue([message], tx)
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await take()).toEqual([])
    await database.query(sql`with sent as (${outbox.insertion([message, message])}) select count(*) from sent`)
    expect(await take()).toHaveLength(2)
  })

  it('put nothing in for an empty list', async () => {
    expect(await outbox.enqueue([])).toEqual([])
  })

  it('hand each message to one taker only, until its lease is over', async () => {
    await outbox.enqueue(Array.from({ length: 20 }, () => message))
    const taken = (await Promise.all([take(9), take(9), take(9)])).flat().map(({ id }) => id)
    expect(new Set(taken).size).toBe(20)
    expect(taken).toHaveLength(20)
    expect(await take()).toEqual([])
    pass(121)
    expect(await take(30)).toHaveLength(20)
  })

  it('leave channels alone that nobody sends', async () => {
    await outbox.enqueue([{ ...message, channel: 'sms', to: '+4915112345678', template: 'sms_code' }])
    expect(await outbox.claim({ limit: 5, channels: ['email'] })).toEqual([])
    expect(await outbox.claim({ limit: 5, channels: ['sms'] })).toHaveLength(1)
  })
})

describe('a stolen database', () => {
  it('shows neither address nor code nor link, in any state', async () => {
    await outbox.enqueue([message, message])
    const [first, second] = await take()
    if (first === undefined || second === undefined) throw new Error('two were put in')
    await outbox.markFailed(first, { kind: 'temporary', reason: 'smtp_451' })
    await outbox.keep(second.id, {
      to: message.to,
      values: message.values,
      rendered: { subject: 's', html: 'h', text: 't' },
    })
    const rows = await database.query<{ row: string }>(sql`select row_to_json(o)::text as row from auth.outbox o`)
    const dump = rows
      .map(({ row }) =>
        Buffer.from(row.replace(/\\\\x([0-9a-f]+)/, (_, hex) => Buffer.from(hex, 'hex').toString('latin1'))),
      )
      .join()
    expect(dump).not.toMatch(/012345|wwl_marked|jo@example|Jo"/)
    expect(dump).toContain('smtp_451')
  })

  it('cannot be changed by moving a letter to another row', async () => {
    await outbox.enqueue([message])
    pass(1)
    await outbox.enqueue([{ ...message, to: 'mallory@example.test' }])
    await database.script('update auth.outbox set payload = (select payload from auth.outbox order by id desc limit 1)')
    const letters = (await take()).map(({ letter }) => letter?.to)
    expect(letters.filter((to) => to !== undefined)).toEqual(['mallory@example.test'])
  })
})

describe('what becomes of a message', () => {
  it('is wiped once it was sent', async () => {
    await outbox.enqueue([message])
    await outbox.markSent(await takeOne())
    const [entry] = await admin.list({})
    expect(entry).toMatchObject({ state: 'sent', to: undefined, userId, sentAt: clock.now })
    await expect(admin.retry(entry?.id ?? '')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('waits longer after each failure and is given up after a day', async () => {
    await outbox.enqueue([message])
    const waits: number[] = []
    for (let state = 'waiting'; state === 'waiting'; ) {
      const claimed = await takeOne()
      state = await outbox.markFailed(claimed, { kind: 'temporary', reason: 'smtp_451' })
      const [entry] = await admin.list({})
      const wait = ((entry?.nextAt.getTime() ?? 0) - clock.now.getTime()) / 1000
      if (state === 'waiting') waits.push(wait)
      expect(await take()).toEqual([])
      pass(wait)
    }
    expect(waits).toEqual([5, 30, 120, 600, 3600, 21_600, 21_600, 21_600])
    expect(await admin.list({ state: 'failed' })).toMatchObject([{ attempts: 9, lastError: 'smtp_451' }])
  })

  it('is given up at once after a permanent failure, and can be retried by hand', async () => {
    await outbox.enqueue([message])
    expect(await outbox.markFailed(await takeOne(), { kind: 'permanent', reason: 'smtp_550' })).toBe('failed')
    expect(await take()).toEqual([])
    const [entry] = await admin.list({ to: 'jo@example.test' })
    await admin.retry(entry?.id ?? '')
    expect((await takeOne()).attempts).toBe(1)
  })

  it('is not touched by a process whose lease is over', async () => {
    await outbox.enqueue([message])
    const slow = await takeOne()
    pass(121)
    const quick = await takeOne()
    await outbox.markFailed(slow, { kind: 'permanent', reason: 'late' })
    expect(await admin.list({})).toMatchObject([{ state: 'waiting', lastError: undefined }])
    await outbox.markSent(quick)
    expect(await admin.list({})).toMatchObject([{ state: 'sent' }])
  })
})

describe('nextTry', () => {
  const facts = { attempts: 9, createdAt: new Date(0), expiresAt: undefined, now: new Date(1000) }

  it('keeps knocking while nobody answers, whatever the number of tries', () => {
    expect(nextTry({ ...facts, kind: 'unreachable' })).toEqual(new Date(4000))
    expect(nextTry({ ...facts, kind: 'refused' })).toEqual(new Date(61_000))
  })

  it('gives up what would arrive after its code has ended', () => {
    expect(nextTry({ ...facts, kind: 'temporary', attempts: 3, expiresAt: new Date(100_000) })).toBeUndefined()
  })
})

describe('looking after the outbox', () => {
  it('lists by state, template, user, address and page', async () => {
    await outbox.enqueue([message])
    pass(1)
    await outbox.enqueue([{ ...message, to: 'mia@example.test', template: 'recovery' }])
    expect(await admin.list({})).toMatchObject([{ to: 'mia@example.test' }, { to: 'jo@example.test' }])
    expect(await admin.list({ template: 'recovery' })).toHaveLength(1)
    expect(await admin.list({ to: 'jo@example.test', userId })).toHaveLength(1)
    const [newest] = await admin.list({ limit: 1 })
    expect(await admin.list({ before: newest?.id ?? '' })).toMatchObject([{ to: 'jo@example.test' }])
    expect(await admin.list({ before: "'; drop table" })).toEqual([])
    expect(await admin.depth()).toMatchObject({ waiting: 2 })
  })

  it('refuses to retry or remove what is not there', async () => {
    for (const id of ['nonsense', userId]) {
      await expect(admin.retry(id)).rejects.toMatchObject({ code: 'not_found' })
      await expect(admin.remove(id)).rejects.toMatchObject({ code: 'not_found' })
    }
  })

  it('forgets a user but still says goodbye', async () => {
    await outbox.enqueue([message, { ...message, template: 'account_deleted' }])
    await admin.forget(userId)
    expect(await admin.list({})).toMatchObject([{ template: 'account_deleted' }])
  })

  it('gives up what nobody sent for a day and removes what is old', async () => {
    await outbox.enqueue([message, { ...message, channel: 'sms' }])
    await outbox.markSent(await takeOne())
    pass(86_401)
    expect(await admin.purge()).toBe(0)
    expect(await admin.list({ state: 'failed' })).toMatchObject([{ lastError: 'nobody_sends_this' }])
    pass(8 * 86_400)
    expect(await admin.purge()).toBe(1)
    pass(30 * 86_400)
    expect(await admin.purge()).toBe(1)
  })
})

describe('the inbox', () => {
  const rendered = { subject: 'Subject', html: '<p>html</p>', text: 'text' }
  const receive = async (to: string) => {
    await outbox.enqueue([{ ...message, to }])
    const { id, letter } = await takeOne()
    await outbox.keep(id, { to, values: letter?.values ?? {}, rendered })
    pass(1)
    return id
  }

  it('lists newest first, by address and after a message or a time', async () => {
    const first = await receive('a@example.test')
    const between = clock.now.toISOString()
    pass(1)
    const second = await receive('b@example.test')
    const ids = (messages: readonly { id: string }[]) => messages.map(({ id }) => id)
    expect(ids(await inbox.list())).toEqual([second, first])
    expect(ids(await inbox.list({ to: 'A@Example.test' }))).toEqual([first])
    expect(ids(await inbox.list({ after: first }))).toEqual([second])
    expect(ids(await inbox.list({ after: between }))).toEqual([second])
    expect(await inbox.get(first)).toMatchObject({ to: 'a@example.test', code: '012345', ...rendered })
    expect(await inbox.get('nonsense')).toBeUndefined()
    await inbox.clear()
    expect(await inbox.list()).toEqual([])
  })
})
