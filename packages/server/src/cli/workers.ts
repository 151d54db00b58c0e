import cluster, { type Worker } from 'node:cluster'
import type { Log } from '../base/runtime.ts'
import type { Config } from '../config/deployment.ts'
import { migrate } from '../storage/migrate.ts'
import { banner } from './banner.ts'
import type { Terminal } from './command.ts'
import { openDatabase } from './open-database.ts'
import { nextPause } from './pause.ts'
import { announceInLog, logFor } from './serve.ts'
import { stopSignals } from './stop-signal.ts'
import { version } from './version.ts'

/**
 * Runs several processes that share the port, replaces those that die, and stops them together.
 * @returns the exit code: 1 when no worker ever came up
 */
export async function serveWithWorkers(config: Config, terminal: Terminal): Promise<number> {
  const log = logFor(config, terminal)
  await prepareDatabase(config, log)
  const stop = stopSignals()
  const workers = keepWorkers(config.deployment.workers, log)
  const outcome = await Promise.race([workers.up, stop.asked])
  if (outcome === 'up') await announce(config, log, terminal)
  const reason = outcome === 'up' ? await stop.asked : outcome
  log.info({ reason }, 'stopping all workers')
  await workers.stop(config.deployment.shutdownGraceSeconds * 1_000 + 5_000)
  stop.dispose()
  return reason === 'failed' ? 1 : 0
}

/** Once, before there is anybody who could do it twice. */
async function prepareDatabase({ deployment }: Config, log: Log): Promise<void> {
  const database = await openDatabase(deployment, log)
  try {
    for (const { name } of await migrate(database)) log.info({ migration: name }, 'applied a migration')
  } finally {
    await database.close()
  }
}

async function announce(config: Config, log: Log, terminal: Terminal): Promise<void> {
  const { host, port, workers } = config.deployment
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (config.deployment.log.format === 'json') return announceInLog(config, url, log)
  const facts = { version: await version(), url, hasColours: terminal.hasColours, cwd: terminal.cwd }
  for (const line of banner(config, facts)) terminal.out(line)
  terminal.out(`  ${workers} workers share the port.\n`)
}

interface Workers {
  /** `up` when the first listens, `failed` when one ended before any did. */
  readonly up: Promise<'up' | 'failed'>
  stop(mostMs: number): Promise<void>
}

function keepWorkers(count: number, log: Log): Workers {
  const state = { isUp: false, isStopping: false }
  const settle: ((outcome: 'up' | 'failed') => void)[] = []
  const up = new Promise<'up' | 'failed'>((resolve) => settle.push(resolve))
  const tell = (outcome: 'up' | 'failed') => {
    for (const resolve of settle) resolve(outcome)
  }

  const fork = (deaths: number): void => {
    const worker = cluster.fork()
    const bornAt = Date.now()
    worker.on('listening', () => {
      state.isUp = true
      tell('up')
    })
    worker.on('exit', (code, signal) => {
      if (state.isStopping) return
      if (!state.isUp) return tell('failed')
      const { pauseMs, deaths: more } = nextPause(deaths, Date.now() - bornAt)
      log.error({ worker: worker.id, exitCode: code, signal, pauseMs }, 'a worker died and is replaced')
      setTimeout(() => state.isStopping || fork(more), pauseMs)
    })
  }
  for (let made = 0; made < count; made++) fork(0)

  return {
    up,
    async stop(mostMs) {
      state.isStopping = true
      await Promise.all(living().map((worker) => stopWorker(worker, mostMs)))
    },
  }
}

const living = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

function stopWorker(worker: Worker, mostMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), mostMs)
    worker.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    if (worker.isDead()) {
      clearTimeout(timer)
      resolve()
    } else worker.process.kill('SIGTERM')
  })
}
