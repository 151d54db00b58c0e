import cluster, { type Worker } from 'node:cluster'
import type { Log } from '../base/runtime.ts'
import type { Config } from '../config/deployment.ts'
import { answerFleet } from '../metrics/fleet.ts'
import { banner } from './banner.ts'
import type { Terminal } from './command.ts'
import { nextPause } from './pause.ts'
import { announceInLog, logFor } from './serve.ts'
import { stopSignals } from './stop-signal.ts'
import { version } from './version.ts'
import { openCore } from './with-core.ts'

/**
 * Runs several processes that share the port, replaces those that die, and stops them together.
 * @returns the exit code: 1 when no worker ever came up
 */
export async function serveWithWorkers(config: Config, terminal: Terminal): Promise<number> {
  const log = logFor(config, terminal)
  await prepareDatabase(config, log)
  answerFleet()
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

/** Migrations and the first signing key: once, before there is anybody who could make them twice. */
async function prepareDatabase(config: Config, log: Log): Promise<void> {
  const { core, close } = await openCore(config, log)
  try {
    await core.signingKeys.current()
  } finally {
    await close()
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
