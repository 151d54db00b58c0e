import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { ProviderHome } from '../../core/providers/provider-homes.ts'

/** Where a provider stands, and where it stood before with the same accounts. */
export interface Standing extends ProviderHome {
  readonly movedFrom?: string | undefined
}

/**
 * Moves a provider on an operator's word: to where it stands now, where nothing is connected under its name or the accounts
 * are said to be the same.
 * @returns where the accounts come from instead; undefined where all is well
 */
export async function elsewhere(tx: Core, { movedFrom, ...at }: Standing): Promise<string | undefined> {
  await tx.providerHomes.note([at])
  const known = await tx.providerHomes.lock(at.provider)
  if (known === undefined || known === at.home) return undefined
  // Asked behind the lock: whoever came in by it before is committed.
  if (known !== movedFrom && (await tx.identities.hasAnyOf(at.provider))) return known
  await tx.providerHomes.move(at)
  return undefined
}

/**
 * Makes sure, until the end of the transaction, that whatever is connected under a provider's name comes from where it
 * stands: the same subject of another issuer is somebody else (S38; OpenID Connect Core §5.7).
 * @throws Refusal `provider_disabled` with `details.reason` `moved`
 */
export async function refuseMoved(tx: Core, at: Standing | undefined): Promise<void> {
  if (at === undefined || (await tx.providerHomes.hold(at))) return
  await tx.providerHomes.note([at])
  if (await tx.providerHomes.hold(at)) return
  tx.runtime.log.warn({ provider: at.provider, to: at.home }, movedNote)
  throw new Refusal('provider_disabled', { details: { reason: 'moved', provider: at.provider } })
}

/** What operators read in the log. */
export const movedNote =
  'a provider stands elsewhere than the accounts that are connected under its name: nobody gets in by it until it stands there again, or `movedFrom` says that the accounts are the same'
