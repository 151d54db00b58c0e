import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { unreadableFile } from './unreadable-file.ts'

const aFolder = temporaryFolders()

/** What Node itself throws at a file; here modules are loaded by the runner of these tests. */
async function thrownAt(path: string): Promise<unknown> {
  const code = `import(${JSON.stringify(pathToFileURL(path).href)}).catch(({ name, message, stack, code }) =>
    console.log(JSON.stringify({ name, message, stack, code })))`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code])
  const { message, ...facts } = JSON.parse(stdout)
  return Object.assign(facts.name === 'SyntaxError' ? new SyntaxError(message) : new Error(message), facts)
}

describe('a configuration file that cannot be had', () => {
  it.each([
    ['{\n  secrets: { secretKey: "MARKED" oops\n}', 'is not valid: it cannot be parsed (line 2).'],
    ['{\n  port: 3000,\n', 'is not valid: it cannot be parsed (line 3).'],
    ['{\n\n  port: process.marked.port }', 'cannot be loaded (TypeError, line 3).'],
    ['{ port: JSON.parse("MARKED") }', 'cannot be loaded (SyntaxError, line 1).'],
    ['(await import("nowhere")).port', 'cannot be loaded: it imports nowhere, which is not there.'],
    ['missing', 'cannot be loaded (ReferenceError, line 1).'],
  ])('is told with its line, and unquoted: %j', async (code, sentence) => {
    const path = join(await aFolder(), 'watchword.config.mjs')
    await writeFile(path, `export default ${code}`)
    expect(await unreadableFile(path, await thrownAt(path))).toBe(sentence)
  })

  it('is told whatever was thrown', async () => {
    expect(await unreadableFile('/nowhere/watchword.config.mjs', 'MARKED')).toBe('cannot be loaded (unknown reason).')
  })
})
