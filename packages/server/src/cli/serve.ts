import { type Log, systemRuntime } from '../base/runtime.ts'
import type { Config } from '../config/deployment.ts'
import { maskUrl } from '../config/mask.ts'
import { createLog } from '../logging.ts'
import { banner } from './banner.ts'
import { collectAtRest } from './collect-at-rest.ts'
import type { Terminal } from './command.ts'
import { keepHeapSmall } from './small-heap.ts'
import { stopSignals } from './stop-signal.ts'
import { version } from './version.ts'

/** The log the configuration asks for, on standard output. */
export function logFor({ deployment }: Config, terminal: Terminal): Log {
  return createLog({ ...deployment.log, isColoured: terminal.hasColours })
}

/**
 * Runs a server in this process until it is asked to stop.
 * @param options.announce whether this process speaks for the others: banner and warnings. Default true.
 * @returns the exit code
 */
export async function serve(
  config: Config,
  terminal: Terminal,
  { announce: isSpeaker = true }: { readonly announce?: boolean } = {},
): Promise<number> {
  keepHeapSmall()
  const log = logFor(config, terminal)
  const stop = stopSignals()
  const crashed = watchForCrashes(log)
  try {
    const { startServer } = await import('../server.ts')
    const server = await startServer(config, systemRuntime(log))
    const stopCollecting = collectAtRest()
    if (isSpeaker) await announce(config, server.url, log, terminal)
    const reason = await Promise.race([stop.asked, crashed])
    stopCollecting()
    log.info({ reason }, 'stopping')
    await server.close()
    log.info({}, 'stopped')
    return reason === 'crash' ? 1 : 0
  } finally {
    stop.dispose()
    // What a library left running, or the line to a primary process, must not keep a stopped server alive.
    setTimeout(() => process.exit(), 500).unref()
  }
}

async function announce(config: Config, url: string, log: Log, terminal: Terminal): Promise<void> {
  if (config.deployment.log.format === 'json') {
    announceInLog(config, url, log)
    return
  }
  const facts = { version: await version(), url, hasColours: terminal.hasColours, cwd: terminal.cwd }
  for (const line of banner(config, facts)) terminal.out(line)
}

/** Warnings and the place, as lines of the log. */
export function announceInLog({ settings, deployment, warnings }: Config, url: string, log: Log): void {
  const { database } = deployment
  for (const warning of warnings) log.warn({}, warning)
  const data = database.kind === 'postgres' ? maskUrl(database.url) : database.folder
  log.info({ url, publicUrl: settings.publicUrl, environment: settings.environment, database: data }, 'listening')
}

/** A fault nobody caught is logged without secrets, and the process ends in good order rather than on the spot. */
function watchForCrashes(log: Log): Promise<'crash'> {
  process.on('unhandledRejection', (error) => log.error({ error }, 'a failure was not looked at'))
  return new Promise((resolve) => {
    process.on('uncaughtException', (error) => {
      log.error({ error }, 'an error was not caught')
      resolve('crash')
    })
  })
}
