import type { Core } from '../../core/core.ts'
import type { Purpose } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'

/**
 * Ends what stands and what is out on an account that changes: its sessions but for the acting one, codes and links, and
 * what applications were allowed and have not fetched yet, in the acting session too (S25, S52). What a guest has allowed is
 * for nobody who comes after (S41).
 * @param before the account before its change
 * @param more.keep the acting session @param more.spare tickets that live on
 */
export async function endElsewhere(
  tx: Core,
  before: Pick<User, 'id' | 'isAnonymous'>,
  { keep, spare = [] }: { readonly keep?: string | undefined; readonly spare?: readonly Purpose[] | undefined },
): Promise<void> {
  await tx.tickets.killAll(before.id, { spare })
  await tx.sessions.endAll(before.id, keep)
  await tx.authorizations.killAllowed(before.id)
  if (before.isAnonymous) await tx.consents.removeAll(before.id)
}
