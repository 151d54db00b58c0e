import { createHash } from 'node:crypto'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../../../test/world/folders.ts'
import { buildFilter, digestOf } from './build-filter.ts'
import { headerBytes, positionsOf, readHeader, shapeFor, writeHeader } from './filter.ts'
import { openFilterList } from './filter-list.ts'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
const words = (count: number, name = 'leaked') => Array.from({ length: count }, (_, index) => `${name} ${index}`)
async function* linesOf(lines: readonly string[]) {
  yield* lines
}
const built = (lines: readonly string[], part = 0.01) => buildFilter(() => linesOf(lines), part)

const aFolder = temporaryFolders()

async function stored(lines: readonly string[], part?: number) {
  const folder = await aFolder()
  const path = join(folder, 'list.filter')
  const { file } = await built(lines, part)
  await writeFile(path, file)
  return { path, file }
}

describe('a filter of leaked passwords', () => {
  it('has every password it was made of, and few others', async () => {
    const leaked = words(2_000)
    const { path } = await stored(leaked.map((word, index) => `${sha1(word).toUpperCase()}:${index}`))
    const list = openFilterList(path)
    for (const word of leaked) expect(await list.has(word)).toBe(true)
    const wrong = await Promise.all(words(4_000, 'own').map((word) => list.has(word)))
    expect(wrong.filter(Boolean).length).toBeLessThan(4_000 * 0.03)
    list.close()
  })

  it('knows a password in whatever form it is typed', async () => {
    const { path } = await stored([sha1('caf\u00e9 au lait')])
    const list = openFilterList(path)
    expect(await list.has('cafe\u0301 au lait')).toBe(true)
    expect(await list.has('CAF\u00c9 au lait')).toBe(false)
    list.close()
  })

  it('reads hashes however they are listed, and says what it could not read', async () => {
    const hash = sha1('x')
    for (const line of [hash, `${hash}:12`, `${hash.toUpperCase()}:1`, `${hash} 3`, `${hash}\t`])
      expect(digestOf(line)?.toString('hex')).toBe(hash)
    for (const line of ['', 'password', hash.slice(1), `${hash}0`, `z${hash.slice(1)}`])
      expect(digestOf(line)).toBeUndefined()
    expect(await built([hash, '', '# a comment', hash.slice(2)])).toMatchObject({ shape: { entries: 1 }, skipped: 2 })
  })

  it('is as large as it has to be', () => {
    expect(shapeFor(1_000_000, 0.01)).toMatchObject({ probes: 7, bits: 9_585_064 })
    expect(shapeFor(900_000_000, 0.001).bits / 8 / 900_000_000).toBeCloseTo(1.8, 1)
    expect(shapeFor(0, 0.001).bits).toBeGreaterThan(0)
  })

  it('finds its bits within itself, also where it is larger than a number of 32 bits', () => {
    const shape = shapeFor(900_000_000, 0.001)
    const positions = words(200).flatMap((word) => positionsOf(Buffer.from(sha1(word), 'hex'), shape))
    expect(Math.min(...positions)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...positions)).toBeLessThan(shape.bits)
    expect(Math.max(...positions)).toBeGreaterThan(2 ** 32)
    expect(new Set(positions).size).toBe(positions.length)
  })

  it('is not used when it is something else, or not all there', async () => {
    const { path, file } = await stored([sha1('x')])
    expect(readHeader(writeHeader({ bits: 64, probes: 3, entries: 1 }), headerBytes + 8)).toBeDefined()
    expect(readHeader(file.subarray(0, headerBytes), file.length - 1)).toBeUndefined()
    expect(readHeader(Buffer.alloc(headerBytes), headerBytes)).toBeUndefined()
    await truncate(path, file.length - 1)
    expect(() => openFilterList(path)).toThrow('not_a_filter')
    await writeFile(path, 'something else')
    expect(() => openFilterList(path)).toThrow('not_a_filter')
    expect(() => openFilterList(`${path}.none`)).toThrow('unreadable')
  })
})
