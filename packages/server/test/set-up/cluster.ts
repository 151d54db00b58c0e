import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
const prefix = 'watchword-postgres-'

/** A throw-away PostgreSQL server: what it takes to reach it, and to stop and start it from any process. */
export interface Cluster {
  /** Connects as superuser to the maintenance database. */
  readonly url: string
  readonly programs: string
  readonly folder: string
  /** PostgreSQL refuses to run as root; then it runs as this user. */
  readonly user: { readonly uid: number; readonly gid: number } | null
}

/** How a server goes down: `fast` closes connections in order, `immediate` is a crash with recovery at the next start. */
export type StopMode = 'fast' | 'immediate'

/** Whom a daemon runs as that will not run as root; `null` where this process is not root. */
export function daemonUser(): Cluster['user'] {
  if (process.getuid?.() !== 0) return null
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((row) => row.split(':'))
  const row = rows.find(([name]) => name === 'postgres') ?? rows.find(([name]) => name === 'nobody')
  if (!row) throw new Error('PostgreSQL will not run as root, and there is neither a user postgres nor nobody.')
  return { uid: Number(row[2]), gid: Number(row[3]) }
}

const dataOf = (folder: string) => join(folder, 'data')
const options = (cluster: Pick<Cluster, 'folder' | 'user'>) => ({ cwd: cluster.folder, ...cluster.user })

function control(cluster: Omit<Cluster, 'url'>, ...args: string[]): Promise<unknown> {
  return run(join(cluster.programs, 'pg_ctl'), ['-D', dataOf(cluster.folder), '-w', ...args], options(cluster))
}

/** Starts a server that {@link stopCluster} stopped, on the port it had. */
export async function startCluster(cluster: Omit<Cluster, 'url'>): Promise<void> {
  const log = join(cluster.folder, 'log')
  await control(cluster, '-l', log, 'start').catch((cause: unknown) => {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8) : []
    throw new Error(`PostgreSQL did not start.\n${lines.join('\n')}`, { cause })
  })
}

/** Stops a server and keeps its data. */
export async function stopCluster(cluster: Cluster, mode: StopMode): Promise<void> {
  await control(cluster, '-m', mode, 'stop')
}

/** Stops a server, running or not, and deletes its data. Runs to its end at once, so that exit handlers may use it. */
export function removeCluster(cluster: Pick<Cluster, 'programs' | 'folder' | 'user'>): void {
  const args = ['-D', dataOf(cluster.folder), '-w', '-m', 'immediate', 'stop']
  if (existsSync(join(dataOf(cluster.folder), 'postmaster.pid'))) {
    try {
      execFileSync(join(cluster.programs, 'pg_ctl'), args, { ...options(cluster), stdio: 'ignore' })
    } catch {
      // It died on its own; its data goes all the same.
    }
  }
  rmSync(cluster.folder, { recursive: true, force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Removes servers whose owner was killed before it could. */
export function removeOrphans(programs: string): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const owner = Number(name.slice(prefix.length).split('-')[0])
    if (Number.isSafeInteger(owner) && owner > 0 && !isAlive(owner)) {
      removeCluster({ programs, folder: join(tmpdir(), name), user: daemonUser() })
    }
  }
}

async function initialise(place: Omit<Cluster, 'url'>, password: string): Promise<void> {
  const passwordFile = join(place.folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (place.user) for (const file of [place.folder, passwordFile]) chownSync(file, place.user.uid, place.user.gid)
  const args = ['-D', dataOf(place.folder), '-U', 'watchword', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  // Only the making of the empty cluster goes without fsync; the server itself keeps its promises.
  await run(join(place.programs, 'initdb'), [...args, '-E', 'UTF8', '--locale=C', '--no-sync'], options(place))
}

/** Makes a server of its own on a free port of 127.0.0.1 and starts it. @param programs the folder of its commands. */
export async function createCluster(programs: string): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  const place = { programs, folder, user: daemonUser() }
  const password = randomBytes(16).toString('hex')
  try {
    await initialise(place, password)
    const port = await freePort()
    const settings = [
      `port = ${port}`,
      "listen_addresses = '127.0.0.1'",
      "unix_socket_directories = ''",
      'max_connections = 200',
      'shared_buffers = 64MB',
    ]
    appendFileSync(join(dataOf(folder), 'postgresql.conf'), `\n${settings.join('\n')}\n`)
    await startCluster(place)
    return { ...place, url: `postgres://watchword:${password}@127.0.0.1:${port}/postgres` }
  } catch (error) {
    removeCluster(place)
    throw error
  }
}
