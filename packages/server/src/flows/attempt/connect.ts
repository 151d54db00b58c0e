import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { decideManualLink, type ManualLinkDecision } from '../../core/identities/linking.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { type Arrival, putIdentity } from '../steps/arrival.ts'
import { auditOf } from '../steps/audit-of.ts'
import { asSomebody } from '../steps/hold-newcomer.ts'
import { notify } from '../steps/notice.ts'
import { refuseMoved } from '../steps/provider-home.ts'
import { refuseUnlisted } from './addresses.ts'

interface Connecting {
  readonly user: User
  readonly arrival: Arrival
}

export interface Connected {
  readonly user: User
  readonly identityId: string
  /** Whether they were a guest until now: their sessions have ended. */
  readonly wasGuest: boolean
}

/** Whether an account elsewhere would be connected with the user's, as things stand. @throws Refusal as {@link connect} */
export async function refuseConnection(core: Core, { user, arrival }: Connecting): Promise<ManualLinkDecision> {
  const { profile, provider } = arrival
  if (user.isSso) throw new Refusal('user_sso_managed')
  const owner = await core.identities.findOwner(provider, profile.subject)
  const holder = profile.email === null ? undefined : await core.users.findByAddress({ email: profile.email })
  const decision = decideManualLink({
    owner: owner === undefined ? 'nobody' : owner.userId === user.id ? 'self' : 'other',
    hasEmail: user.email !== null,
    address: profile.email === null ? 'none' : profile.emailVerified ? 'verified' : 'unverified',
    isTaken: holder !== undefined && holder.id !== user.id,
    emailOptional: arrival.emailOptional,
  })
  const refused = refusals[decision]
  if (refused !== undefined) throw refused()
  if (decision === 'adopt' && profile.email !== null) refuseUnlisted(core, { email: profile.email })
  return decision
}

const refusals: { readonly [D in ManualLinkDecision]?: () => Refusal } = {
  own_already: () => new Refusal('identity_already_exists', { details: { reason: 'own' } }),
  others: () => new Refusal('identity_already_exists', { details: { reason: 'other' } }),
  taken: () => new Refusal('user_already_exists', { details: { field: 'email' } }),
  unverified: () => new Refusal('email_not_confirmed', { details: { reason: 'provider' } }),
}

/**
 * Connects an account elsewhere with the user's, which the flow that leads here has bound to the user's session (S40). The
 * owner is told. An account without an address takes a verified one over; a guest becomes a full user by it.
 * @param connecting.session the session that asks for it, where no ticket of it has made sure that it goes on
 * @throws Refusal `identity_already_exists` (`details.reason` `own` or `other`), `user_already_exists`, `email_not_confirmed`,
 * `identifier_not_allowed`, `user_sso_managed`, `session_not_found`, `provider_disabled` where the provider has moved
 */
export async function connect(
  tx: Core,
  caller: Caller,
  connecting: Connecting & { readonly session?: Pick<Session, 'id' | 'userId'> },
): Promise<Connected> {
  const { arrival, session } = connecting
  await refuseMoved(tx, arrival.home)
  const locked = await tx.users.lock(connecting.user.id)
  if (locked === undefined) throw new Refusal('user_not_found')
  if (session !== undefined) await refuseEnded(tx, session)
  const decision = await refuseConnection(tx, { user: locked, arrival })
  const { id: identityId } = await putIdentity(tx, locked, arrival)
  const adopted = decision === 'adopt' ? { email: arrival.profile.email, emailConfirmedAt: tx.runtime.now() } : {}
  const user = await tx.users.update(locked.id, { ...adopted, ...asSomebody(tx, locked) })
  if (user === undefined) throw new Refusal('user_not_found')
  if (locked.isAnonymous) {
    await tx.sessions.endAll(user.id)
    // What a guest has allowed is for nobody who comes after (S41).
    await tx.consents.removeAll(user.id)
  }
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'identity.linked',
    result: 'ok',
    details: { provider: arrival.provider, identityId, way: 'by_hand' },
  })
  await notify(tx, caller, { user, template: 'identity_linked', values: { provider: arrival.provider } })
  return { user, identityId, wasGuest: locked.isAnonymous }
}
