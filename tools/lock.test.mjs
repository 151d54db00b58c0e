import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { withLock } from './lock.mjs'

const folder = mkdtempSync(join(tmpdir(), 'watchword-lock-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the build lock', () => {
  it('lets one in at a time and leaves nothing behind', async () => {
    const file = join(folder, 'a.lock')
    const order = []
    const work = (name) => async () => {
      order.push(`${name} in`)
      await Promise.resolve()
      order.push(`${name} out`)
    }
    await Promise.all([withLock(file, work('one')), withLock(file, work('two'))])
    expect(order).toEqual(['one in', 'one out', 'two in', 'two out'])
    expect(existsSync(file)).toBe(false)
  })

  it('takes over from a process that died', async () => {
    const file = join(folder, 'b.lock')
    writeFileSync(file, '999999999')
    expect(await withLock(file, () => 'done')).toBe('done')
  })

  it('opens again when the work fails', async () => {
    const file = join(folder, 'c.lock')
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(existsSync(file)).toBe(false)
  })
})
