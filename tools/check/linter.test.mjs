import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
const folder = mkdtempSync(join(tmpdir(), 'watchword-linter-'))
const room = 'packages/server/src/core'

/** One file per rule, each of which breaks that rule alone. */
const offences = {
  noExplicitAny: 'export const a: any = 1\n',
  noNonNullAssertion: "export const a = process.argv.find((b) => b === 'b')!.length\n",
  noConsole: "export function a() {\n  console.log('a')\n}\n",
  noDefaultExport: 'export default 1\n',
  noUnusedVariables: 'export function a() {\n  const b = 1\n}\n',
  noUnusedImports: "import { join } from 'node:path'\n\nexport const a = 1\n",
  noFloatingPromises: 'async function a() {\n  return 1\n}\nexport function b() {\n  a()\n}\n',
  noFocusedTests: "import { it } from 'vitest'\n\nit.only('a', () => {})\n",
  noSkippedTests: "import { it } from 'vitest'\n\nit.skip('a', () => {})\n",
  noReExportAll: "export * from './unused.ts'\n",
}

function report() {
  const args = [biome, 'lint', '.', '--max-diagnostics=none', '--error-on-warnings', '--reporter=github']
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout
}

describe('the linter as configured', () => {
  let output = ''
  beforeAll(() => {
    const settings = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'))
    delete settings.$schema
    settings.vcs.enabled = false
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(settings))
    cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
    mkdirSync(join(folder, room), { recursive: true })
    for (const [rule, text] of Object.entries(offences)) writeFileSync(join(folder, room, `${rule}.ts`), text)
    writeFileSync(join(folder, room, 'one.ts'), "import { two } from './two.ts'\n\nexport const one = () => two\n")
    writeFileSync(join(folder, room, 'two.ts'), "import { one } from './one.ts'\n\nexport const two = () => one\n")
    output = report()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(Object.keys(offences))('enforces %s', (rule) => {
    const hits = output.split('\n').filter((line) => line.includes(`${rule}.ts`) && line.includes(`/${rule}`))
    expect(hits).not.toEqual([])
    expect(hits.filter((line) => !line.startsWith('::error'))).toEqual([])
  })

  it('enforces that imports make no circle', () => {
    expect(
      output.split('\n').filter((line) => line.includes('noImportCycles') && line.startsWith('::error')),
    ).toHaveLength(2)
  })
})
