import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { atExit } from '../packages/server/test/set-up/at-exit.ts'

/** Builds a Next.js app and serves it, as its `build` and `start` do. @returns its address, and the way to stop it */
export async function startNext(root, port, settings) {
  const program = createRequire(join(root, 'package.json')).resolve('next/dist/bin/next')
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...settings }
  await promisify(execFile)(process.execPath, [program, 'build'], { cwd: root, env }).catch(
    ({ stdout, stderr, message }) => {
      throw new Error(`${message}\n${stdout}\n${stderr}`)
    },
  )
  const place = ['--hostname', '127.0.0.1', '--port', String(port)]
  const server = spawn(process.execPath, [program, 'start', ...place], { cwd: root, env, stdio: 'pipe' })
  const forget = atExit(() => void server.kill('SIGKILL'))
  server.once('exit', forget)
  const said = []
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => said.push(text))
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(url).catch(() => false))) {
    if (server.exitCode !== null) throw new Error(`Next.js did not start.\n${said.join('')}`)
    await pause(50)
  }
  return {
    url,
    said: () => said.join(''),
    async stop() {
      server.kill()
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    },
  }
}
