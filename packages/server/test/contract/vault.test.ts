import { describe, expect, it } from 'vitest'
import { systemRuntime } from '#src/base/runtime.ts'
import { createIdempotency } from '#src/core/keys/idempotency.ts'
import { createOutbox } from '#src/core/notifications/outbox.ts'
import { createSigningKeys } from '#src/core/tokens/signing-keys.ts'
import { createVault, type Vault, type VaultKey } from '#src/core/vault/vault.ts'
import type { Database } from '#src/storage/database.ts'
import { sql } from '#src/storage/sql.ts'
import { startRooms, stores } from './rooms.ts'

const runtime = systemRuntime()
const key = (id: string, byte: number): VaultKey => ({ id, bytes: Buffer.alloc(32, byte) })
const [old, fresh] = [key('old', 1), key('fresh', 2)]

describe('sealed values', () => {
  const vault = createVault([old], runtime)

  it('open where they were sealed and nowhere else', () => {
    const sealed = vault.seal('a secret', 'table.column row-1')
    expect(vault.open(sealed, 'table.column row-1').toString()).toBe('a secret')
    for (const elsewhere of ['table.column row-2', 'table.other row-1', '', 'table.column row-1 '])
      expect(() => vault.open(sealed, elsewhere)).toThrow()
  })

  it('are new each time, and as long as what is in them', () => {
    const many = Array.from({ length: 200 }, () => vault.seal('', 'x').toString('hex'))
    expect(new Set(many).size).toBe(200)
    expect(vault.open(vault.seal('', 'x'), 'x')).toHaveLength(0)
    expect(vault.open(vault.seal(Buffer.alloc(100_000, 7), 'x'), 'x')).toHaveLength(100_000)
  })

  it('do not open when one byte is changed, cut off or added, wherever it stands', () => {
    const sealed = vault.seal('a secret', 'x')
    for (const index of sealed.keys()) {
      const changed = Buffer.from(sealed)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(() => vault.open(changed, 'x'), `byte ${index}`).toThrow()
      expect(() => vault.open(sealed.subarray(0, index), 'x'), `cut at ${index}`).toThrow()
    }
    expect(() => vault.open(Buffer.concat([sealed, Buffer.alloc(1)]), 'x')).toThrow()
    for (const nonsense of [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.alloc(500),
      Buffer.alloc(500, 255),
      Buffer.from('plain text'),
    ])
      expect(() => vault.open(nonsense, 'x')).toThrow()
  })

  it('written under an old key open beside a new one, new ones are written under the new (S131)', () => {
    const before = vault.seal('a secret', 'x')
    const both = createVault([fresh, old], runtime)
    expect(both.open(before, 'x').toString()).toBe('a secret')
    const after = both.seal('another', 'x')
    expect(createVault([fresh], runtime).open(after, 'x').toString()).toBe('another')
    expect(() => vault.open(after, 'x')).toThrow(
      'The encryption key "fresh" is not configured; a stored value needs it.',
    )
    expect(() => createVault([fresh], runtime).open(before, 'x')).toThrow(
      'The encryption key "old" is not configured; a stored value needs it.',
    )
    expect(() => createVault([key('old', 3)], runtime).open(before, 'x')).toThrow()
  })

  it('and keyed digests of one purpose say nothing in another', () => {
    const purposes = ['code', 'refresh', 'address', 'cursor', 'attempt-subject', 'idempotency'] as const
    expect(new Set(purposes.map((purpose) => vault.mac(purpose, 'x').toString('hex'))).size).toBe(purposes.length)
    expect(vault.mac('code', 'x')).toEqual(vault.mac('code', 'x'))
    expect(vault.mac('code', 'x')).not.toEqual(createVault([fresh], runtime).mac('code', 'x'))
  })
})

describe.each(stores)('sealed columns on the %s store', (kind) => {
  const policy = { algorithm: 'ES256', keyLead: 600, accessSeconds: 3_600, skew: 30 } as const
  const signing = (database: Database, vault: Vault) => createSigningKeys(database, { runtime, vault, policy })

  it('survive a change of the encryption key, and say which key is missing when it went too early (S131)', async () => {
    const rooms = await startRooms(kind)
    const { database } = rooms
    const before = createVault([old], runtime)
    const [first, second] = [await signing(database, before).current(), createVault([fresh, old], runtime)]
    const message = {
      channel: 'email',
      to: 'ada@example.test',
      template: 'sign_in',
      values: { code: '123456' },
    } as const
    const outboxOf = (vault: Vault) => createOutbox({ database, vault, runtime })
    await outboxOf(before).enqueue([message])
    expect((await signing(database, second).current()).kid).toBe(first.kid)
    await outboxOf(second).enqueue([{ ...message, values: { code: '654321' } }])
    const claimed = await outboxOf(second).claim({ limit: 9, channels: ['email'] })
    expect(claimed.map(({ letter }) => letter?.values.code).sort()).toEqual(['123456', '654321'])
    await signing(database, second).rotate()
    const only = createVault([fresh], runtime)
    await expect(signing(database, only).current()).rejects.toThrow('The encryption key "old" is not configured')
    await rooms.close()
  })

  it('can be listed and revoked when the encryption key is lost for good, and another key signs then', async () => {
    const rooms = await startRooms(kind)
    const { database } = rooms
    const keys = signing(database, createVault([old], runtime))
    const lost = [(await keys.current()).kid, (await keys.rotate()).kid]
    const after = signing(database, createVault([fresh], runtime))
    expect((await after.list()).map(({ kid }) => kid).sort()).toEqual([...lost].sort())
    for (const kid of lost) expect(await after.revoke(kid ?? '')).toBe(true)
    expect(lost).not.toContain((await after.current()).kid)
    await rooms.close()
  })

  it('do not open when they are copied from row to row (S6)', async () => {
    const rooms = await startRooms(kind)
    const { database, core } = rooms
    await core.signingKeys.current()
    const next = await core.signingKeys.rotate()
    await database.query(sql`update auth.signing_keys set private_jwk =
      (select private_jwk from auth.signing_keys where kid = ${next.kid}) where kid <> ${next.kid}`)
    await expect(signing(database, core.vault).current()).rejects.toThrow()
    const to = (name: string) =>
      ({ channel: 'email', to: `${name}@example.test`, template: 'sign_in', values: { code: name } }) as const
    const [mine, theirs] = await core.outbox.enqueue([to('mine'), to('theirs')])
    await database.query(sql`update auth.outbox set payload = (select payload from auth.outbox where id = ${theirs})
      where id = ${mine}`)
    const claimed = await core.outbox.claim({ limit: 9, channels: ['email'] })
    expect(claimed.find(({ id }) => id === mine)?.letter).toBeUndefined()
    expect(claimed.find(({ id }) => id === theirs)?.letter?.to).toBe('theirs@example.test')
    await rooms.close()
  })

  it('of one answer do not answer another request (S6)', async () => {
    const rooms = await startRooms(kind)
    const { database, core } = rooms
    const idempotency = createIdempotency(database, { runtime, vault: core.vault })
    for (const caller of ['mine', 'theirs']) {
      expect(await idempotency.begin(caller, 'key', 'request')).toEqual({ kind: 'first' })
      expect(await idempotency.begin(caller, 'key', 'request')).toEqual({ kind: 'running' })
      await idempotency.finish(caller, 'key', `answer for ${caller}`)
      expect(await idempotency.begin(caller, 'key', 'request')).toEqual({
        kind: 'again',
        answer: `answer for ${caller}`,
      })
      expect(await idempotency.begin(caller, 'key', 'another')).toEqual({ kind: 'other' })
    }
    await database.query(sql`update auth.idempotency_keys a set answer = b.answer
      from auth.idempotency_keys b where b.key <> a.key`)
    await expect(idempotency.begin('mine', 'key', 'request')).rejects.toThrow()
    await rooms.close()
  })

  it('are given to one of many that begin the same request at once', async () => {
    const rooms = await startRooms(kind)
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? rooms.core : rooms.other).idempotency.begin('caller', 'key', 'request'),
      ),
    )
    expect(outcomes.filter((outcome) => outcome.kind === 'first')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.kind === 'running')).toHaveLength(29)
    await rooms.close()
  })
})
