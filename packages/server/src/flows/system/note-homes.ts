import type { Core } from '../../core/core.ts'
import { standingOf } from '../steps/arrival.ts'
import { movedNote } from '../steps/provider-home.ts'

/**
 * Writes down where providers stand of which nothing is known yet, and warns of those that have moved since. Once at each
 * start: what is connected already is then known to come from there, whatever is configured next.
 */
export async function noteHomes(core: Core): Promise<void> {
  const standing = (await core.providers.list()).flatMap((at) => standingOf(at) ?? [])
  if (standing.length === 0) return
  const known = new Map((await core.providerHomes.list()).map(({ provider, home }) => [provider, home]))
  const fresh = standing.filter(({ provider }) => !known.has(provider))
  if (fresh.length > 0) await core.providerHomes.note(fresh)
  for (const { provider, home, movedFrom } of standing) {
    const from = known.get(provider) ?? home
    if (from !== home && from !== movedFrom && (await core.identities.hasAnyOf(provider)))
      core.runtime.log.warn({ provider, from, to: home }, movedNote)
  }
}
