import { day, later } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'

/** Rows one statement takes away: small enough that nobody waits for it. */
const batch = 500
const batches = 200
/** Days after which an application that registered itself and that nobody let in is forgotten. */
const unusedClientDays = 30

/**
 * Takes away what has expired. Nothing expired is ever honoured, whether this runs or not; it keeps tables small.
 * @returns how many rows went
 */
export async function cleanUp(core: Core): Promise<number> {
  const now = core.runtime.now()
  const { housekeeping, events } = core.settings
  const { anonymousDays } = housekeeping
  const { captcha } = core
  const purges: readonly (() => Promise<number>)[] = [
    () => core.tickets.purge(batch),
    () => core.sessions.purge(batch),
    () => core.accessKeys.purge(batch),
    () => core.authorizations.purge(batch),
    () => core.clients.purgeUnused(later(now, -unusedClientDays * day), batch),
    () => core.factors.purge(later(now, -day), batch),
    () => core.limits.purge(batch),
    () => core.guesses.purge(batch),
    () => core.idempotency.purge(later(now, -day)),
    () => core.outboxAdmin.purge(),
    ...(captcha === undefined ? [] : [() => captcha.purge(batch)]),
    () => core.events.purge(later(now, -events.keep), batch),
    ...(anonymousDays > 0 ? [() => core.users.purgeAnonymous(later(now, -anonymousDays * day), batch)] : []),
  ]
  const counts: number[] = []
  for (const purge of purges) counts.push(await untilDone(purge))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function untilDone(purge: () => Promise<number>): Promise<number> {
  const gone: number[] = []
  while (gone.length < batches) {
    const count = await purge()
    gone.push(count)
    if (count < batch) break
  }
  return gone.reduce((sum, count) => sum + count, 0)
}
