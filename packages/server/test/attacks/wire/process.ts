import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { atExit } from '../../set-up/at-exit.ts'
import { freePort } from '../../set-up/free-port.ts'

const program = fileURLToPath(new URL('../../../bin/watchword.js', import.meta.url))

/** The built server in a process of its own, which a test may kill. */
export interface ServerProcess {
  readonly url: string
  readonly secretKey: string
  /** Everything it has written. */
  output(): string
  /** Ends it on the spot, as a power cut would. */
  kill(): Promise<void>
  /** Asks it to stop. @returns its exit code */
  stop(): Promise<number | null>
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Starts one and waits until it answers. The same `keys` bring the same secrets. */
export async function startProcess(
  cwd: string,
  keys: { readonly secretKey: string; readonly encryptionKey: string; readonly publishableKey: string },
  more: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    PATH: process.env['PATH'],
    WATCHWORD_ENV: 'development',
    WATCHWORD_PORT: String(port),
    WATCHWORD_PUBLIC_URL: 'http://localhost:8787',
    WATCHWORD_RATE_LIMITS: 'off',
    WATCHWORD_SECRET_KEY: keys.secretKey,
    WATCHWORD_PUBLISHABLE_KEY: keys.publishableKey,
    WATCHWORD_ENCRYPTION_KEY: keys.encryptionKey,
    ...more,
  }
  const child = spawn(process.execPath, [program, 'start'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.once(
    'exit',
    atExit(() => void child.kill('SIGKILL')),
  )
  const written: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void written.push(chunk.toString()))
  const output = () => written.join('')
  await untilReady(url, child, output)
  const ended = () => child.exitCode !== null || child.signalCode !== null
  const end = async (signal: NodeJS.Signals) => {
    if (!ended() && child.kill(signal)) await once(child, 'exit')
    return child.exitCode
  }
  return {
    url,
    secretKey: keys.secretKey,
    output,
    async kill() {
      await end('SIGKILL')
    },
    stop: () => end('SIGTERM'),
  }
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${output()}`)
    const ready = await fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    await pause(50)
  }
  child.kill('SIGKILL')
  throw new Error(`the server did not start: ${output()}`)
}
