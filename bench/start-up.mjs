import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './postgres.mjs'
import { memory, startServer } from './processes.mjs'

/** Milliseconds from the command to the first answer: with the embedded database made anew and found, and on PostgreSQL. */
export async function startUp({ env, rounds }) {
  const best = new Map()
  const note = (scenario, { startMs, pid }) => {
    const before = best.get(scenario)
    if (before === undefined || startMs < before.p50) {
      best.set(scenario, { scenario, p50: startMs, rss: memory(pid)?.now, note: 'milliseconds to the first answer' })
    }
  }
  const once = async (scenario, settings) => {
    const server = await startServer({ port: await freePort(), ...settings })
    note(scenario, server)
    await server.stop()
  }
  for (let round = 0; round < rounds; round += 1) {
    const cwd = mkdtempSync(join(tmpdir(), 'watchword-bench-start-'))
    try {
      await once('start, first, embedded', { env: {}, cwd })
      await once('start, embedded', { env: {}, cwd })
      await once('start, PostgreSQL', { env, cwd })
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  }
  return [...best.values()]
}
