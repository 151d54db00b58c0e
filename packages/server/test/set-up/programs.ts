import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The programs that suites need and npm does not bring; the values are what Debian calls their packages. */
const packages = { postgres: 'postgresql', chromium: 'chromium', pgbouncer: 'pgbouncer' } as const
export type Program = keyof typeof packages

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(names: readonly string[]): string | undefined {
  // Debian keeps daemons in sbin, which is not on everybody's path.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

/** Subfolders of `parent` whose name starts with `prefix`, highest version first. */
function versionsIn(parent: string, prefix = ''): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(parent, name))
}

function findPostgres(): string | undefined {
  const initdb = onPath(['initdb'])
  const usual = [
    ...versionsIn('/usr/lib/postgresql'),
    ...versionsIn('/opt/homebrew/opt', 'postgresql'),
    ...versionsIn('/usr/local/opt', 'postgresql'),
    ...versionsIn('/Applications/Postgres.app/Contents/Versions'),
    ...versionsIn('/usr', 'pgsql-'),
  ].map((folder) => join(folder, 'bin'))
  return [...(initdb ? [dirname(realpathSync(initdb))] : []), ...usual].find((folder) =>
    ['initdb', 'postgres', 'pg_ctl'].every((name) => isExecutable(join(folder, name))),
  )
}

function findChromium(): string | undefined {
  const named = process.env['WATCHWORD_TEST_CHROMIUM']
  if (named) return named
  const apps = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  return onPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) ?? apps.find(isExecutable)
}

/**
 * Where a program lies on this machine: the folder of its commands for PostgreSQL, the command itself for the others;
 * `undefined` where it is not installed.
 */
export function findProgram(program: Program): string | undefined {
  if (program === 'postgres') return findPostgres()
  return program === 'chromium' ? findChromium() : onPath(['pgbouncer'])
}

const attempt = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )

/** The words before a command that make it run as root; `undefined` where this process may not. */
async function asRoot(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return []
  return (await attempt(run('sudo', ['-n', 'true']))) ? ['sudo', '-n'] : undefined
}

/**
 * Installs what is missing, where that can be done without asking: on a Debian-like system, as root or with a sudo that
 * needs no password. Does nothing elsewhere, and nothing where WATCHWORD_TEST_INSTALL is `off`.
 */
export async function installPrograms(programs: readonly Program[]): Promise<void> {
  if (programs.length === 0 || process.env['WATCHWORD_TEST_INSTALL'] === 'off' || !onPath(['apt-get'])) return
  const prefix = await asRoot()
  if (!prefix) return
  const names = programs.map((program) => packages[program])
  console.log(`Installing ${names.join(', ')} for the tests …`)
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=300']
  const call = ([file = '', ...args]: readonly string[]) => run(file, args, { maxBuffer: 64 * 1024 * 1024 })
  await attempt(call([...apt, 'update']))
  // One by one: a name that a distribution lacks must not keep the others away.
  for (const name of names) await attempt(call([...apt, 'install', '-y', '--no-install-recommends', name]))
}

/**
 * Says loudly that something is missing and which tests that takes away. On CI, where nobody reads notices, it throws.
 */
export function missing(what: string, advice: string): void {
  const lines = [`${what} was not found and could not be installed.`, advice]
  if (process.env['CI'] === 'true') throw new Error(lines.join(' '))
  const bar = '!'.repeat(100)
  console.error(['', bar, ...lines.map((line) => `!!  ${line}`), '!!  What needs it fails.', bar, ''].join('\n'))
}
