import { Refusal } from '../base/errors.ts'
import { type Log, systemRuntime } from '../base/runtime.ts'
import type { Config } from '../config/deployment.ts'
import type { Actor } from '../core/audit/audit.ts'
import type { Core } from '../core/core.ts'
import { coreFor } from '../core-for.ts'
import type { Caller } from '../flows/caller.ts'
import { createLog } from '../logging.ts'
import { openDatabase } from '../open-database.ts'
import { migrate } from '../storage/migrate.ts'
import { type Call, CommandFailure } from './command.ts'
import { configOf } from './config-flags.ts'

/** Who acts when somebody types a command: whoever may read the secrets of this machine. */
export const operator: Actor = { type: 'system', id: 'cli' }

/** The command line as the flows see it. It sends no mail. */
export const commandCaller: Caller = {
  manners: {
    name: 'cli',
    secondFactor: 'refuse',
    mailLink() {
      throw new Error('the command line mails no links')
    },
    tokenHash() {
      throw new Error('the command line mails no tokens')
    },
  },
  requestId: null,
  ip: null,
  network: 'local',
  userAgent: null,
  locale: undefined,
}

/** The rooms, joined on a database that is open until `close`. */
export interface OpenCore {
  readonly core: Core
  close(): Promise<void>
}

/** Opens the configured database, brings it up to this release and joins the rooms on it. */
export async function openCore(config: Config, log: Log): Promise<OpenCore> {
  const runtime = systemRuntime(log)
  const database = await openDatabase(config.deployment, log, 2)
  try {
    for (const { name } of await migrate(database)) log.info({ migration: name }, 'applied a migration')
    const { core, hasher } = coreFor(config, { database, runtime })
    return {
      core,
      async close() {
        await hasher.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/**
 * Runs `work` on the configured database and closes it after.
 * @throws CommandFailure where the core refuses
 */
export async function withCore(call: Call, work: (core: Core) => Promise<number>): Promise<number> {
  const log = createLog({ level: 'error', write: (line) => call.terminal.err(line.trimEnd()) })
  const { core, close } = await openCore(await configOf(call), log)
  try {
    return await work(core)
  } catch (error) {
    if (error instanceof Refusal) throw new CommandFailure(sentenceFor(error))
    throw error
  } finally {
    await close()
  }
}

/** A refusal as one sentence: what was refused and which part of the input is at fault. */
export function sentenceFor({ code, message, details }: Refusal): string {
  const { field, reasons } = details as { field?: unknown; reasons?: unknown }
  const more = [typeof field === 'string' ? field : '', Array.isArray(reasons) ? reasons.join(', ') : '']
  const extra = more.filter((part) => part !== '').join('; ')
  return `${message}${extra === '' ? '' : ` (${extra})`} [${code}]`
}
