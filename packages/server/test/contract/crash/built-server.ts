import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { atExit } from '../../set-up/at-exit.ts'

const command = fileURLToPath(new URL('../../../bin/watchword.js', import.meta.url))

export interface BuiltOptions {
  /** Holds the keys and, without a database of its own, the embedded store. */
  readonly dataDir: string
  readonly port: number
  readonly env: Readonly<Record<string, string>>
}

/** The server as it is shipped, in a process of its own. */
export interface BuiltServer {
  readonly url: string
  readonly secretKey: string
  readonly pid: number
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

/** Starts it and waits until it answers. @throws Error with its output when it ends instead */
export async function startBuilt({ dataDir, port, env }: BuiltOptions): Promise<BuiltServer> {
  const own = { WATCHWORD_PORT: String(port), WATCHWORD_DATA_DIR: dataDir, WATCHWORD_RATE_LIMITS: 'off' }
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(process.execPath, [command, 'start', '--json-logs'], {
    cwd: dataDir,
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  const ended = once(child, 'exit').finally(atExit(() => void child.kill('SIGKILL')))
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${output.join('')}`)
    const answers = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) break
    await pause(20)
  }
  const { secretKey } = JSON.parse(await readFile(join(dataDir, 'keys.json'), 'utf8')) as { secretKey: string }
  return {
    url,
    secretKey,
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
