import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../../base/runtime.ts'
import { createVault } from '../../core/vault/vault.ts'
import { pageOf, readCursor, writeCursor } from './cursor.ts'

const core = { vault: createVault([{ id: 'k', bytes: randomBytes(32) }], systemRuntime()) }
const of = { caller: 'key:1', list: 'users -createdAt', filter: { role: 'a', q: 'b' } }

describe('a cursor', () => {
  it('is read by whoever got it, whatever the order of the filters', () => {
    const text = writeCursor(core, of, { id: 'x' })
    expect(readCursor(core, { ...of, filter: { q: 'b', role: 'a' } }, text)).toEqual({ id: 'x' })
  })

  it('is refused to another caller, list or filter, and when a letter was changed', () => {
    const text = writeCursor(core, of, { id: 'x' })
    const others = [{ caller: 'key:2' }, { list: 'users email' }, { filter: {} }, { filter: { role: 'a', q: 'c' } }]
    for (const other of others) expect(() => readCursor(core, { ...of, ...other }, text)).toThrow('cursor')
    for (const bad of ['', 'x', `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`, text.slice(0, 20), '%%%'])
      expect(() => readCursor(core, of, bad)).toThrow('cursor')
  })
})

describe('a page', () => {
  const rows = [1, 2, 3, 4, 5]
  const list = {
    read: async ({ limit, after }: { limit: number; after?: { at: number } }) =>
      rows.filter((row) => row > (after?.at ?? 0)).slice(0, limit),
    positionOf: (row: number) => ({ at: row }),
    present: (row: number) => row * 10,
  }

  it('leads on to the end and no further', async () => {
    const first = await pageOf(core, of, { limit: 3 }, list)
    expect(first.items).toEqual([10, 20, 30])
    const second = await pageOf(core, of, { limit: 3, cursor: first.nextCursor ?? '' }, list)
    expect(second).toEqual({ items: [40, 50], nextCursor: null })
    expect((await pageOf(core, of, { limit: 5 }, list)).nextCursor).toBeNull()
  })
})
