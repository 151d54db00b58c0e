import type { Core } from '../../core/core.ts'
import { standingOf } from '../steps/arrival.ts'
import { elsewhere, movedNote } from '../steps/provider-home.ts'

/**
 * Writes down where providers stand, and moves those that may; the others are warned of. Once at each start: what is
 * connected already is then known to come from there, whatever is configured next.
 */
export async function noteHomes(core: Core): Promise<void> {
  const standing = (await core.providers.listAll()).flatMap((at) => standingOf(at) ?? [])
  if (standing.length === 0) return
  const known = new Map((await core.providerHomes.list()).map(({ provider, home }) => [provider, home]))
  for (const at of standing.filter(({ provider, home }) => known.get(provider) !== home)) {
    const from = await core.transaction((tx) => elsewhere(tx, at))
    if (from !== undefined) core.runtime.log.warn({ provider: at.provider, from, to: at.home }, movedNote)
  }
}
