import { Refusal } from '../base/errors.ts'
import { systemRuntime } from '../base/runtime.ts'
import { configuredKeys } from '../config/api-keys.ts'
import type { Actor } from '../core/audit/audit.ts'
import { type Core, createCore } from '../core/core.ts'
import { createCommonPasswords } from '../core/passwords/common-passwords.ts'
import { createHasher } from '../core/passwords/hasher.ts'
import type { Caller } from '../flows/caller.ts'
import { createLog } from '../logging.ts'
import { migrate } from '../storage/migrate.ts'
import { type Call, CommandFailure } from './command.ts'
import { configOf } from './config-flags.ts'
import { openDatabase } from './open-database.ts'

/** Who acts when somebody types a command: whoever may read the secrets of this machine. */
export const operator: Actor = { type: 'system', id: 'cli' }

/** The command line as the flows see it. It sends no mail. */
export const commandCaller: Caller = {
  manners: {
    name: 'cli',
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

/**
 * Runs `work` on the configured database, brought up to this release first, and closes everything after it.
 * @throws CommandFailure where the core refuses
 */
export async function withCore(call: Call, work: (core: Core) => Promise<number>): Promise<number> {
  const { settings, deployment } = await configOf(call)
  const { secrets, hashing } = deployment
  const log = createLog({ level: 'error', write: (line) => call.terminal.err(line.trimEnd()) })
  const runtime = systemRuntime(log)
  const database = await openDatabase(deployment, log)
  const hasher = createHasher({ runtime, parallel: hashing.parallel, queue: hashing.queue })
  try {
    await migrate(database)
    const core = createCore({
      database,
      settings,
      runtime,
      encryptionKeys: secrets.encryptionKeys,
      apiKeys: configuredKeys(secrets),
      jwtSecret: secrets.jwtSecret,
      jwtKeys: secrets.jwtKeys,
      hasher,
      commonPasswords: createCommonPasswords(),
      wakeOutbox: () => {},
    })
    return await work(core)
  } catch (error) {
    if (error instanceof Refusal) throw new CommandFailure(sentenceFor(error))
    throw error
  } finally {
    await hasher.close()
    await database.close()
  }
}

/** A refusal as one sentence: what was refused and which part of the input is at fault. */
export function sentenceFor({ code, message, details }: Refusal): string {
  const { field, reasons } = details as { field?: unknown; reasons?: unknown }
  const more = [typeof field === 'string' ? field : '', Array.isArray(reasons) ? reasons.join(', ') : '']
  const extra = more.filter((part) => part !== '').join('; ')
  return `${message}${extra === '' ? '' : ` (${extra})`} [${code}]`
}
