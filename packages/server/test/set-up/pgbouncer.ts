import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { atExit } from './at-exit.ts'
import { daemonUser } from './cluster.ts'
import { freePort } from './free-port.ts'
import { findProgram, installPrograms } from './programs.ts'

/** The command of PgBouncer, installed first where that is possible; `undefined` where there is none. */
export async function findOrInstallPgBouncer(): Promise<string | undefined> {
  if (!findProgram('pgbouncer')) await installPrograms(['pgbouncer'])
  return findProgram('pgbouncer')
}

function settingsFor(target: URL, port: number, mode: string, folder: string): string {
  const place = `host=${target.hostname} port=${target.port || '5432'}`
  const user = `user=${decodeURIComponent(target.username)} password=${decodeURIComponent(target.password)}`
  return [
    '[databases]',
    `* = ${place} ${user}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${mode}`,
    'max_client_conn = 200',
    'default_pool_size = 5',
    `logfile = ${join(folder, 'log')}`,
  ].join('\n')
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break
    const socket = connect(port, '127.0.0.1')
    const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'close').then(() => false)])
      .catch(() => false)
      .finally(() => socket.destroy())
    if (open) return
    await pause(50)
  }
  throw new Error('PgBouncer did not start.')
}

/**
 * Puts a PgBouncer before a database. @param databaseUrl the database as tests reach it directly.
 * @param mode `transaction` (the default) lends a connection for one transaction, as most deployments do.
 */
export async function pgBouncerBefore(
  databaseUrl: string,
  mode: 'transaction' | 'session' | 'statement' = 'transaction',
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const command = await findOrInstallPgBouncer()
  if (!command) throw new Error('There is no PgBouncer on this machine and it could not be installed.')
  const folder = mkdtempSync(join(tmpdir(), 'watchword-pgbouncer-'))
  const file = join(folder, 'pgbouncer.ini')
  const [port, user] = [await freePort(), daemonUser()]
  writeFileSync(file, settingsFor(new URL(databaseUrl), port, mode, folder), { mode: 0o600 })
  if (user) for (const path of [folder, file]) chownSync(path, user.uid, user.gid)
  const child = spawn(command, [file], { cwd: folder, stdio: 'ignore', ...user })
  const forget = atExit(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
    forget()
  }
  try {
    await untilListening(port, child)
  } catch (error) {
    await stop()
    throw error
  }
  const url = new URL(databaseUrl)
  url.port = String(port)
  return { url: url.href, stop }
}
