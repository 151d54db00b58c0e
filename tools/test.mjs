// `npm test`: everything a bare machine needs, then the suites. Arguments go to vitest as they are.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closingLine, verdict } from './closing-line.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'watchword-run-'))
const tallyFile = join(folder, 'tally.json')

function build() {
  return spawnSync(process.execPath, [join(root, 'tools/build.mjs')], { cwd: root, stdio: 'inherit' }).status === 0
}

function runVitest() {
  const command = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)]
  const env = { ...process.env, WATCHWORD_TEST_TALLY: tallyFile }
  const child = spawn(process.execPath, command, { cwd: root, stdio: 'inherit', env })
  // A terminal sends its signals to both of us; this process stays to clean up after the other has ended.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

function readTally() {
  try {
    return JSON.parse(readFileSync(tallyFile, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const code = build() ? await runVitest() : 1
const counted = readTally()
const ok = code === 0 && counted.failed === 0 && counted.passed > 0
if (counted.skipped > 0) console.log(`${counted.skipped} skipped`)
if (!ok && counted.failed === 0) console.log('The run itself failed; the reason stands above.')
process.exitCode = ok ? 0 : 1
console.log(closingLine(verdict(counted, process.exitCode)))
