import { execFile, execFileSync } from 'node:child_process'
import {
  accessSync,
  appendFileSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

function findPrograms() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const newest = versions.sort((a, b) => Number(b) - Number(a)).map((name) => join('/usr/lib/postgresql', name, 'bin'))
  const folders = [...newest, ...(process.env.PATH ?? '').split(delimiter)]
  const found = folders.find((folder) => {
    try {
      for (const name of ['initdb', 'pg_ctl', 'postgres']) accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (!found) throw new Error('There is no PostgreSQL here: install it, or give --database-url an empty database.')
  return found
}

/** PostgreSQL refuses to run as root. */
function daemonUser() {
  if (process.getuid?.() !== 0) return {}
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((row) => row.split(':'))
  const row = rows.find(([name]) => name === 'postgres') ?? rows.find(([name]) => name === 'nobody')
  return { uid: Number(row[2]), gid: Number(row[3]) }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

/** A PostgreSQL server of this run alone: durable as in production, on loopback, removed at the end. */
export async function startPostgres() {
  const programs = findPrograms()
  const user = daemonUser()
  const folder = mkdtempSync(join(tmpdir(), 'watchword-bench-'))
  const data = join(folder, 'data')
  const options = { cwd: folder, ...user }
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const remove = () => {
    try {
      execFileSync(join(programs, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop'], { ...options, stdio: 'ignore' })
    } catch {
      // It is not running.
    }
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'watchword', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    options,
  )
  const port = await freePort()
  const settings = [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    'max_connections = 100',
    'shared_buffers = 512MB',
    'max_wal_size = 4GB',
    'checkpoint_timeout = 30min',
  ]
  appendFileSync(join(data, 'postgresql.conf'), `\n${settings.join('\n')}\n`)
  await run(join(programs, 'pg_ctl'), ['-D', data, '-l', join(folder, 'log'), '-w', 'start'], options)
  const { stdout } = await run(join(programs, 'postgres'), ['--version'])
  return { url: `postgres://watchword@127.0.0.1:${port}/postgres`, version: stdout.trim(), remove }
}
