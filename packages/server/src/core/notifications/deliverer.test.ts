import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { later } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import { type Log, systemRuntime } from '../../base/runtime.ts'
import { migrate } from '../../storage/migrate.ts'
import { openEmbedded } from '../../storage/pglite.ts'
import { createVault } from '../vault/vault.ts'
import { createDeliverer } from './deliverer.ts'
import { createInboxMessages } from './inbox-messages.ts'
import { loadTemplates } from './load-templates.ts'
import { createOutbox } from './outbox.ts'
import { createOutboxAdmin } from './outbox-admin.ts'
import { DeliveryFailure, type OutboxMessage, type OutgoingMessage, type Sender } from './outgoing.ts'
import { createInboxSender } from './senders/inbox.ts'

const database = await openEmbedded({ folder: undefined, schema: 'auth' })
await migrate(database)
const templates = await loadTemplates({ appName: 'Acme' })
const clock = { now: new Date('2026-03-01T12:00:00.000Z') }
const lines: string[] = []
const write = (fields: object, text: string) => void lines.push(JSON.stringify({ ...fields, text }))
const log: Log = { debug: write, info: write, warn: write, error: write }
const runtime = { ...systemRuntime(log), now: () => clock.now }
const needs = { database, vault: createVault([{ id: 'k1', bytes: Buffer.alloc(32, 7) }], runtime), runtime }
const outbox = createOutbox(needs)
const admin = createOutboxAdmin(needs)
const pass = (seconds: number) => {
  clock.now = later(clock.now, seconds)
}

const mail = (to: string, more: Partial<OutboxMessage> = {}): OutboxMessage => ({
  channel: 'email',
  to,
  template: 'sign_in',
  values: { code: '012345', link: 'https://id.example.test/l?token=wwl_marked' },
  ...more,
})

/** A way out that notes what it gets and answers as told. */
function fakeSender(answer: (message: OutgoingMessage, signal: AbortSignal) => Promise<void> = async () => {}) {
  const got: string[] = []
  const sender: Sender = {
    async send(message, signal) {
      await answer(message, signal)
      got.push(message.to)
    },
  }
  return { got, sender }
}

beforeEach(async () => {
  await database.script('delete from auth.outbox')
  lines.length = 0
  pass(1)
})
afterAll(() => database.close())

describe('the deliverer', () => {
  it('sends everything that is due, a few at a time', async () => {
    const peak = { now: 0, most: 0 }
    const { got, sender } = fakeSender(async () => {
      peak.most = Math.max(peak.most, ++peak.now)
      await new Promise((resolve) => setTimeout(resolve, 2))
      peak.now -= 1
    })
    await outbox.enqueue(Array.from({ length: 25 }, (_, index) => mail(`p${index}@example.test`)))
    const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender }, concurrency: 3 })
    await deliverer.drain()
    expect(new Set(got).size).toBe(25)
    expect(got).toHaveLength(25)
    expect(peak.most).toBe(3)
    expect(deliverer.state().channels).toMatchObject([{ channel: 'email', sent: 25, failed: 0, inFlight: 0 }])
  })

  it('sends each message once however many processes look', async () => {
    const { got, sender } = fakeSender()
    const many = [1, 2, 3].map(() => createDeliverer({ outbox, templates, runtime, senders: { email: sender } }))
    await outbox.enqueue(Array.from({ length: 40 }, (_, index) => mail(`p${index}@example.test`)))
    await Promise.all(many.map((deliverer) => deliverer.drain()))
    expect([...got].sort()).toEqual([...new Set(got)].sort())
    expect(got).toHaveLength(40)
  })

  it('looks at once when it is woken', async () => {
    const arrived = withResolvers()
    const { sender } = fakeSender(async () => arrived.resolve())
    const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender }, pollMs: 3_600_000 })
    deliverer.start()
    await deliverer.drain()
    await outbox.enqueue([mail('a@example.test')])
    deliverer.wake()
    await arrived.promise
    await deliverer.close()
    expect(await admin.list({})).toMatchObject([{ state: 'sent' }])
    expect(deliverer.state().running).toBe(false)
  })

  it('finds what other processes put in', async () => {
    const arrived = withResolvers()
    const { sender } = fakeSender(async () => arrived.resolve())
    const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender }, pollMs: 10 })
    deliverer.start()
    await outbox.enqueue([mail('a@example.test')])
    await arrived.promise
    await deliverer.close()
  })

  it('tries again later after a temporary failure and never after a permanent one', async () => {
    const { got, sender } = fakeSender(async ({ to }) => {
      if (to === 'gone@example.test') throw new DeliveryFailure('permanent', 'smtp_550')
      if (got.length === 0 && to === 'busy@example.test' && clock.now < recovered)
        throw new DeliveryFailure('temporary', 'smtp_451')
    })
    const recovered = later(clock.now, 4)
    const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender } })
    await outbox.enqueue([mail('gone@example.test'), mail('busy@example.test')])
    await deliverer.drain()
    expect(got).toEqual([])
    pass(6)
    await deliverer.drain()
    expect(got).toEqual(['busy@example.test'])
    expect(await admin.list({ state: 'failed' })).toMatchObject([{ to: 'gone@example.test', lastError: 'smtp_550' }])
  })

  it('knocks with one message while the sender is down, then sends all', async () => {
    const tries = { count: 0, down: true }
    const { got, sender } = fakeSender(async () => {
      tries.count += 1
      if (tries.down) throw new DeliveryFailure('unreachable', 'smtp:ECONNREFUSED')
    })
    const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender }, concurrency: 2 })
    await outbox.enqueue(Array.from({ length: 50 }, (_, index) => mail(`p${index}@example.test`)))
    await deliverer.drain()
    const before = tries.count
    expect(before).toBeLessThanOrEqual(3)
    await deliverer.drain()
    expect(tries.count).toBe(before)
    pass(4)
    await deliverer.drain()
    expect(tries.count).toBe(before + 1)
    expect(deliverer.state().channels).toMatchObject([{ senderReachable: false }])
    tries.down = false
    pass(4)
    await deliverer.drain()
    expect(got.length).toBeGreaterThanOrEqual(49)
    pass(4)
    await deliverer.drain()
    expect(new Set(got).size).toBe(50)
  })

  it('lets a text leave while mail is down', async () => {
    const down = fakeSender(() => Promise.reject(new DeliveryFailure('unreachable', 'x')))
    const up = fakeSender()
    const senders = { email: down.sender, sms: up.sender }
    const deliverer = createDeliverer({ outbox, templates, runtime, senders, concurrency: 1 })
    await outbox.enqueue([mail('a@example.test'), mail('+491701234567', { channel: 'sms', template: 'sms_code' })])
    await deliverer.drain()
    expect(up.got).toEqual(['+491701234567'])
  })

  it('survives a database outage and a sender that throws anything', async () => {
    const outage = { on: true }
    const flaky = {
      ...outbox,
      claim: (options: Parameters<typeof outbox.claim>[0]) =>
        outage.on ? Promise.reject(new Refusal('unavailable')) : outbox.claim(options),
    }
    const { sender } = fakeSender(() => Promise.reject('text, not an error'))
    const deliverer = createDeliverer({ outbox: flaky, templates, runtime, senders: { email: sender } })
    await outbox.enqueue([mail('a@example.test')])
    await deliverer.drain()
    expect(deliverer.state().channels).toMatchObject([{ databaseReachable: false }])
    outage.on = false
    await deliverer.drain()
    expect(deliverer.state().channels).toMatchObject([{ databaseReachable: true, failed: 1 }])
    expect(await admin.list({})).toMatchObject([{ state: 'waiting', lastError: 'fault:unknown' }])
  })

  it('notes a sent message when the database comes back, and does not send it twice', async () => {
    const outage = { left: 2 }
    const flaky = {
      ...outbox,
      markSent: (message: Parameters<typeof outbox.markSent>[0]) =>
        outage.left-- > 0 ? Promise.reject(new Refusal('unavailable')) : outbox.markSent(message),
    }
    const { got, sender } = fakeSender()
    await outbox.enqueue([mail('a@example.test')])
    await createDeliverer({ outbox: flaky, templates, runtime, senders: { email: sender } }).drain()
    expect(got).toHaveLength(1)
    expect(await admin.list({})).toMatchObject([{ state: 'sent' }])
  })

  it('gives a place back when a sender hangs', async () => {
    const { sender } = fakeSender(() => new Promise(() => {}))
    await outbox.enqueue([mail('a@example.test')])
    await createDeliverer({ outbox, templates, runtime, senders: { email: sender }, sendTimeoutMs: 10 }).drain()
    expect(await admin.list({})).toMatchObject([{ state: 'waiting', lastError: 'timeout' }])
  })

  it('sends nothing whose code has ended, and nothing it cannot open', async () => {
    const { got, sender } = fakeSender()
    await outbox.enqueue([mail('late@example.test', { expiresAt: later(clock.now, 5) })])
    pass(6)
    const [odd] = await outbox.enqueue([mail('odd@example.test')])
    await database.script(`update auth.outbox set payload = '\\x0102'::bytea where id = '${odd}'`)
    await createDeliverer({ outbox, templates, runtime, senders: { email: sender } }).drain()
    expect(got).toEqual([])
    expect(await admin.list({})).toMatchObject([
      { state: 'waiting', lastError: 'payload_unreadable' },
      { state: 'failed', lastError: 'expired' },
    ])
  })

  it('logs neither addresses nor secrets', async () => {
    const { sender } = fakeSender(() => Promise.reject(new Error('550 jo@example.test 012345 wwl_marked')))
    await outbox.enqueue([mail('jo@example.test')])
    await createDeliverer({ outbox, templates, runtime, senders: { email: sender } }).drain()
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join()).not.toMatch(/jo@example|012345|wwl_/)
    expect((await admin.list({}))[0]?.lastError).toBe('fault:Error')
  })
})

describe('in development', () => {
  it('mails and texts land in the inbox, finished', async () => {
    const inboxSender = createInboxSender({ outbox, mode: 'development' })
    const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: inboxSender, sms: inboxSender } })
    await outbox.enqueue([mail('jo@example.test', { locale: 'fr' })])
    pass(1)
    await outbox.enqueue([mail('+491701234567', { channel: 'sms', template: 'sms_code' })])
    await deliverer.drain()
    const messages = await createInboxMessages(needs).list()
    expect(messages).toMatchObject([
      { channel: 'sms', to: '+491701234567', text: expect.stringContaining('012345') },
      { channel: 'email', subject: 'Connexion à Acme', code: '012345', link: expect.stringContaining('wwl_marked') },
    ])
  })

  it('only: the inbox refuses production', () => {
    expect(() => createInboxSender({ outbox, mode: 'production' })).toThrow('SMTP')
  })
})

function withResolvers() {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
