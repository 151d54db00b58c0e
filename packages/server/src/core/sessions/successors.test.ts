import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createVault } from '../vault/vault.ts'
import { createSuccessors } from './successors.ts'

const runtime = { randomBytes: (length: number) => randomBytes(length) }
const under = (byte: number) =>
  createSuccessors(createVault([{ id: 'k', bytes: Buffer.alloc(32, byte) }], runtime), runtime)
const one = under(1)
const [token, other] = ['0b5d1f6e-0000-4000-8000-000000000001', '0b5d1f6e-0000-4000-8000-000000000002']
const shape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

describe('the successor of a refresh token', () => {
  it('is the same for the same token and salt, and another one for any other, or under another key', () => {
    const salt = one.salt()
    const next = one.of(token, salt)
    expect(next).toMatch(shape)
    expect(one.of(token, salt)).toBe(next)
    expect(new Set([next, one.of(other, salt), one.of(token, one.salt()), under(2).of(token, salt)]).size).toBe(4)
  })

  it('can be that of another token, which needs its own salt for it', () => {
    const next = one.of(token, one.salt())
    const salt = one.saltTowards(other, next)
    expect(one.of(other, salt)).toBe(next)
    expect(one.of(token, salt)).not.toBe(next)
    expect(under(2).of(other, salt)).not.toBe(next)
    expect(one.saltTowards(other, next)).not.toEqual(salt)
  })
})
