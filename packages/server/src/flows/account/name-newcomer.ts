import { minute } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'
import { evenly } from '../steps/even-time.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'

/** What a client says about somebody it has just signed up. Absent names say nothing. */
export interface Newcomer {
  readonly id: string
  readonly email: string | undefined
  readonly name: string | undefined
  readonly surname: string | undefined
}

/** How long after its mail left an account is still being signed up, for a client that goes on by itself. */
const freshSeconds = 2 * minute

/**
 * Takes the names of somebody who has just signed up, where they have none yet. Whoever is signed in may name themselves;
 * without a session only an account counts whose sign-up is minutes old and waits for its mail, named by id and address
 * together. Nothing tells whether there was one (S12).
 * @throws Refusal `payload_too_large`
 */
export async function nameNewcomer(
  core: Core,
  caller: Caller,
  input: { readonly newcomer: Newcomer; readonly isThemself: boolean },
): Promise<void> {
  const { newcomer, isThemself } = input
  const work = (held: Core) => held.transaction((tx) => putNames(tx, caller, newcomer, isThemself))
  if (isThemself) await work(core)
  else await evenly(core, work)
}

async function putNames(tx: Core, caller: Caller, newcomer: Newcomer, isThemself: boolean): Promise<void> {
  // Held, so that no proof of the address comes between looking and writing.
  const user = await tx.users.update(newcomer.id, {})
  if (user === undefined || user.deletedAt !== null || !(isThemself || isFresh(tx, user, newcomer))) return
  const given = { name: newcomer.name, surname: newcomer.surname }
  const missing = Object.entries(given).filter(
    ([key, value]) => value !== undefined && user.metadata[key] === undefined,
  )
  if (missing.length === 0) return
  const metadataPatch = Object.fromEntries(missing)
  refuseLarge(tx, { ...user.metadata, ...metadataPatch })
  await tx.users.update(user.id, { metadataPatch })
  await tx.audit.record({
    ...auditOf(caller, user.id, isThemself ? undefined : { type: 'nobody', id: null }),
    action: 'user.updated',
    result: 'ok',
    details: { fields: ['metadata'] },
  })
}

/** Once anything is proved, or an administrator had a hand in it, the account speaks for itself. */
function isFresh(tx: Core, user: User, { email }: Newcomer): boolean {
  const { confirmationSentAt: sentAt } = user
  if (sentAt === null || tx.runtime.now().getTime() - sentAt.getTime() > freshSeconds * 1000) return false
  if (user.email === null || user.email !== email || user.isSso || isProvisioned(user)) return false
  return (
    user.emailConfirmedAt === null &&
    user.phoneConfirmedAt === null &&
    user.invitedAt === null &&
    user.lastSignInAt === null
  )
}
