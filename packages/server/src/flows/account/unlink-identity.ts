import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { leavesWayIn } from '../../core/identities/linking.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Identity, User } from '../../core/users/user.ts'
import type { UserChanges } from '../../core/users/users.ts'
import { takenField } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { isBelieved, isDisbelieved } from '../steps/disbelieved.ts'
import { endElsewhere } from '../steps/end-elsewhere.ts'
import { isOnlyTold } from '../steps/is-only-told.ts'
import { notify } from '../steps/notice.ts'
import { refuseLinking } from '../steps/refuse-linking.ts'

type Unlinking = { readonly user: User; readonly identityId: string } & (
  | { readonly session: Session; readonly actor?: undefined }
  | { readonly session?: undefined; readonly actor: Actor }
)

/**
 * Removes an identity. The last way in stays (S40); the address that came with it goes, and one that another provider has
 * verified takes its place. Whoever came in by it and proved nothing else is out, and with the address everybody but the
 * acting session; the owner is told.
 * @param input.session of the user themselves, who has proved lately who they are. @param input.actor an administrator in their place
 * @throws Refusal `feature_disabled`, `reauthentication_needed`, `session_not_found`, `not_found`, `single_identity_not_deletable`, `user_already_exists` where the next address is taken
 */
export async function unlinkIdentity(core: Core, caller: Caller, input: Unlinking): Promise<void> {
  if (input.session !== undefined) refuseLinking(core, { user: input.user, session: input.session })
  try {
    await core.transaction((tx) => unlink(tx, caller, input))
  } catch (error) {
    throw takenField(error) === 'email' ? new Refusal('user_already_exists', { details: { field: 'email' } }) : error
  }
  core.wakeOutbox()
}

async function unlink(
  tx: Core,
  caller: Caller,
  { user: { id: userId, email: told }, identityId, session, actor }: Unlinking,
): Promise<void> {
  // Two removals at once wait for each other, so that one of the last two stays.
  const user = await tx.users.lock(userId)
  if (session !== undefined) await refuseEnded(tx, session)
  const identity = user?.identities.find(({ id }) => id === identityId)
  if (user === undefined || identity === undefined) throw new Refusal('not_found')
  const emailProved = user.emailConfirmedAt !== null
  const hasPasskey = user.factors.some(
    ({ status, credential }) => status === 'verified' && credential?.signsIn === true,
  )
  const isTold = isOnlyTold(user) || (await isDisbelieved(tx, user))
  if (!leavesWayIn({ ...user, emailProved: emailProved && !isTold, hasPasskey }, identity.id))
    throw new Refusal('single_identity_not_deletable')
  await tx.identities.remove(user.id, identity.id)
  const changes = changesAfter(user, identity, { isTold, believed: await believedOf(tx, user), now: tx.runtime.now() })
  if (changes === undefined) await tx.sessions.endOfProvider(user.id, identity.provider, session?.id)
  else {
    await endElsewhere(tx, user, { keep: session?.id })
    await tx.users.update(user.id, changes)
  }
  await tx.audit.record({
    ...auditOf(caller, user.id, actor),
    action: 'identity.unlinked',
    result: 'ok',
    details: { provider: identity.provider, identityId: identity.id },
  })
  const to = emailProved ? told : null
  await notify(tx, caller, { user, template: 'identity_unlinked', to, values: { provider: identity.provider } })
}

/** The identities whose word about an address counts for the account itself. */
async function believedOf(tx: Core, { identities }: User): Promise<readonly Identity[]> {
  const told = identities.filter(({ email, data }) => email !== null && data['email_verified'] === true)
  const believed = await Promise.all(told.map(({ provider }) => isBelieved(tx, provider)))
  return told.filter((_, index) => believed[index])
}

/**
 * What changes about the addresses of the account, if anything: those that belong to no identity any more go, and one that
 * nobody has proved goes with whoever told it, password or not.
 */
function changesAfter(
  user: User,
  removed: Identity,
  { isTold, believed, now }: { readonly isTold: boolean; readonly believed: readonly Identity[]; readonly now: Date },
): UserChanges | undefined {
  if (removed.provider === 'phone') return { phone: null, phoneConfirmedAt: null, pendingPhone: null }
  if (user.email === null || removed.email !== user.email) return undefined
  const others = user.identities.filter(({ id }) => id !== removed.id)
  // One that nobody verified may be somebody else's, who would find a stranger's account behind it (S34).
  const told = believed.filter(({ id }) => id !== removed.id)
  const keepsPassword = user.hasPassword && removed.provider !== 'email' && !isTold
  if (keepsPassword || (isTold ? told : others).some(({ email }) => email === user.email)) return undefined
  const [next] = told
  return { email: next?.email ?? null, emailConfirmedAt: next === undefined ? null : now, pendingEmail: null }
}
