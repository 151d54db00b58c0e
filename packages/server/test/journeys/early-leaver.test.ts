import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../bin/watchword.js', import.meta.url))

it('a reader that leaves after the first line, as `head` does, is no failure', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [program, 'start', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const complaints: string[] = []
  child.stderr.on('data', (chunk: Buffer) => void complaints.push(chunk.toString()))
  child.stdout.destroy()
  const [code] = await once(child, 'exit')
  expect([code, complaints.join('')]).toEqual([0, ''])
})
