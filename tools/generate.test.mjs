import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { differences, generatorsIn } from './generate.mjs'

const folder = mkdtempSync(join(tmpdir(), 'watchword-generate-'))
afterAll(() => rmSync(folder, { recursive: true }))

function generator(name, text) {
  mkdirSync(join(folder, 'generators'), { recursive: true })
  writeFileSync(join(folder, 'generators', name), text)
}

describe('generated pages', () => {
  it('reports a page that is missing or differs, and not one that matches', async () => {
    const page = { name: 'a.mjs', path: 'page.md', render: async () => 'new\n' }
    expect(await differences([page], folder)).toHaveLength(1)
    writeFileSync(join(folder, 'page.md'), 'old\n')
    expect(await differences([page], folder)).toEqual([expect.objectContaining({ path: 'page.md', text: 'new\n' })])
    writeFileSync(join(folder, 'page.md'), 'new\n')
    expect(await differences([page], folder)).toEqual([])
  })

  it('finds generators by name, leaves tests out and refuses one without a page', async () => {
    expect(await generatorsIn(join(folder, 'nowhere'))).toEqual([])
    generator('b.mjs', "export const path = 'b.md'\nexport const render = async () => 'b'\n")
    generator('b.test.mjs', "throw new Error('a test is no generator')\n")
    expect((await generatorsIn(join(folder, 'generators'))).map(({ path }) => path)).toEqual(['b.md'])
    generator('c.mjs', 'export const nothing = 1\n')
    await expect(generatorsIn(join(folder, 'generators'))).rejects.toThrow('c.mjs must export')
  })
})
