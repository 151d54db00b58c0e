import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog, systemRuntime } from '../../src/base/runtime.ts'
import { createInboxMessages } from '../../src/core/notifications/inbox-messages.ts'
import { createOutbox } from '../../src/core/notifications/outbox.ts'
import { createOutboxAdmin } from '../../src/core/notifications/outbox-admin.ts'
import type { OutboxMessage } from '../../src/core/notifications/outgoing.ts'
import { createVault } from '../../src/core/vault/vault.ts'
import type { Database } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openEmbedded } from '../../src/storage/pglite.ts'
import { openPostgres } from '../../src/storage/postgres.ts'
import { freshDatabase } from '../set-up/postgres.ts'

const message: OutboxMessage = {
  channel: 'email',
  to: 'jo@example.test',
  template: 'sign_in',
  values: { code: '012345', data: { 'a"b\\c': 'é\u0001' } },
}

const stores = {
  embedded: async () => ({ database: await openEmbedded({ folder: undefined, schema: 'auth' }), drop: async () => {} }),
  postgres: async () => {
    const { url, drop } = await freshDatabase()
    return { database: openPostgres({ url, schema: 'auth', log: silentLog }) as Database, drop }
  },
}

describe.each(Object.entries(stores))('the outbox on %s', (_name, openStore) => {
  let store: Awaited<ReturnType<typeof openStore>>
  const runtime = systemRuntime()
  const rooms = () => {
    const { database } = store
    const needs = { database, vault: createVault([{ id: 'k1', bytes: Buffer.alloc(32, 7) }], runtime), runtime }
    return { outbox: createOutbox(needs), admin: createOutboxAdmin(needs), inbox: createInboxMessages(needs) }
  }
  beforeAll(async () => {
    store = await openStore()
    await migrate(store.database)
  })
  afterAll(async () => {
    await store.database.close()
    await store.drop()
  })

  it('gives each of many messages to one of many takers', async () => {
    const { outbox } = rooms()
    await store.database.transaction((tx) =>
      outbox.enqueue(
        Array.from({ length: 100 }, () => message),
        tx,
      ),
    )
    const takers = Array.from({ length: 20 }, () => outbox.claim({ limit: 10, channels: ['email', 'sms'] }))
    const taken = (await Promise.all(takers)).flat()
    expect(taken[0]).toMatchObject({ attempts: 1, createdAt: expect.any(Date), letter: { values: message.values } })
    const ids = new Set(taken.map(({ id }) => id))
    expect(ids.size).toBe(taken.length)
    for (let more = taken; more.length > 0; ) {
      more = await outbox.claim({ limit: 10, channels: ['email'] })
      for (const { id } of more) ids.add(id)
    }
    expect(ids.size).toBe(100)
  })

  it('does with a message whatever can be done with one', async () => {
    const { outbox, admin, inbox } = rooms()
    await store.database.script('delete from auth.outbox')
    await outbox.enqueue([message, message, message])
    const [sent, failed, kept] = await outbox.claim({ limit: 3, channels: ['email'] })
    if (!sent || !failed || !kept) throw new Error('three were put in')
    await outbox.markSent(sent)
    await outbox.markFailed(failed, { kind: 'permanent', reason: 'smtp_550' })
    await outbox.keep(kept.id, {
      to: message.to,
      values: message.values,
      rendered: { subject: 's', html: 'h', text: 't' },
    })
    expect((await admin.list({})).map(({ state }) => state).sort()).toEqual(['failed', 'inbox', 'sent'])
    expect(await inbox.list({ to: message.to, after: '2020-01-01T00:00:00Z' })).toMatchObject([{ code: '012345' }])
    await admin.retry(failed.id)
    expect(await admin.depth()).toMatchObject({ waiting: 1, oldest: expect.any(Date) })
    expect(await admin.purge()).toBe(0)
    await admin.remove(failed.id)
    await inbox.clear()
    expect(await admin.list({})).toMatchObject([{ state: 'sent', to: undefined }])
  })
})
