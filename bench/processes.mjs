import { fork, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const living = new Set()
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

function keep(child) {
  living.add(child)
  child.once('exit', () => living.delete(child))
  return child
}

/** A script of this folder as a process of its own, which answers one question at a time. */
export function helper(script, env = {}) {
  const child = keep(fork(join(root, 'bench', script), { env: { ...process.env, ...env } }))
  return {
    pid: child.pid,
    ask(question) {
      return new Promise((resolve, reject) => {
        const gone = (code) => reject(new Error(`${script} ended with ${code}`))
        child.once('exit', gone)
        child.once('message', (answer) => {
          child.off('exit', gone)
          if (answer.error === undefined) resolve(answer)
          else reject(new Error(answer.error))
        })
        child.send(question)
      })
    },
    end: () => child.kill('SIGKILL'),
  }
}

/** Starts the built server and waits for its first answer. @returns also the milliseconds that took */
export async function startServer({ port, env, cwd, nodeFlags = [] }) {
  const started = performance.now()
  // As `npm start` and the container start it: the young generation's default lets garbage lie around for 50 MB more, and
  // each of the engine's own threads keeps some memory.
  const args = [
    '--max-semi-space-size=2',
    '--v8-pool-size=2',
    ...nodeFlags,
    join(root, 'packages/server/bin/watchword.js'),
    'start',
  ]
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WATCHWORD_|DATABASE_URL|PORT$|NODE_ENV)/.test(name)),
  )
  const child = keep(
    spawn(process.execPath, args, {
      cwd,
      env: { ...clean, ...env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`The server did not start.\n${Buffer.concat(output)}`)
    if (performance.now() - started > 60_000) throw new Error('The server did not answer within a minute.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    pid: child.pid,
    startMs: performance.now() - started,
    output: () => String(Buffer.concat(output)),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const answers = (port) =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    (response) => response.ok,
    () => false,
  )

/** Seconds of processor a process has used in all its threads; undefined where the system does not tell. */
export function cpuSeconds(pid) {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Resident bytes of a process now and at its highest; undefined where the system does not tell. */
export function memory(pid) {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}
