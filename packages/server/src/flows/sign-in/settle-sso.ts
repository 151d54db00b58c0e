import { cutText } from '../../base/cut-text.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { SsoProfile } from '../../core/sso/profile-of-assertion.ts'
import { type SsoProvider, ssoPrefix } from '../../core/sso/sso-provider.ts'
import type { User } from '../../core/users/user.ts'
import { refuseUnlisted } from '../attempt/addresses.ts'
import type { Caller } from '../caller.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { type Arrival, identityOf, putIdentity } from '../steps/arrival.ts'
import { createAccount, Overtaken } from '../steps/create-account.ts'

/** Whose account it is. */
export interface SsoSettled {
  readonly user: User
  readonly provider: string
  readonly identityId: string
  readonly isNewUser: boolean
}

/**
 * Finds or makes the account of somebody whose organisation has vouched for them. The provider and its name for the person
 * decide and nothing else: an address joins no account, and makes none that others could join (S37, S83). Runs in the
 * transaction of the sign-in.
 * @throws {Overtaken} when the identity goes, or comes to be, in this very moment
 * @throws Refusal `signup_disabled`, `identifier_not_allowed`, `user_banned`, `user_not_found`
 */
export async function settleSso(
  tx: Core,
  caller: Caller,
  { at, profile }: { readonly at: Pick<SsoProvider, 'id'>; readonly profile: SsoProfile },
): Promise<SsoSettled> {
  const provider = ssoPrefix + at.id
  const arrival: Arrival = { provider, profile, tokens: null, keepsTokens: false, emailOptional: false }
  const identity = await tx.identities.findOwner(provider, profile.subject)
  const owner = identity === undefined ? undefined : await tx.users.lock(identity.userId)
  // Taken off in this very moment, it finds nobody any more.
  if (identity !== undefined && !owner?.identities.some(({ id }) => id === identity.id)) throw new Overtaken()
  const user = owner === undefined ? await create(tx, caller, arrival) : await renew(tx, owner, profile)
  const { id: identityId } = await putIdentity(tx, user, arrival)
  return { user, provider, identityId, isNewUser: owner === undefined || owner.lastSignInAt === null }
}

/** What an organisation manages follows it, the address included. */
async function renew(tx: Core, owner: User, profile: SsoProfile): Promise<User> {
  refuseUnwelcome(owner, tx.runtime.now())
  const { name, avatarUrl, data, email, emailVerified } = profile
  const isSame = owner.email === email && (owner.emailConfirmedAt !== null) === emailVerified
  const user = await tx.users.update(owner.id, {
    metadataPatch: data,
    ...(name === null ? {} : { displayName: cutText(name, 64) }),
    ...(avatarUrl === null ? {} : { avatarUrl }),
    ...(isSame || !owner.isSso ? {} : { email, emailConfirmedAt: emailVerified ? tx.runtime.now() : null }),
  })
  if (user === undefined) throw new Refusal('user_not_found')
  return user
}

async function create(tx: Core, caller: Caller, arrival: Arrival): Promise<User> {
  const { email, emailVerified, name, avatarUrl, data } = arrival.profile
  if (!tx.settings.signUp.enabled || email === null) throw new Refusal('signup_disabled')
  refuseUnlisted(tx, { email })
  const user = await createAccount(tx, caller, {
    address: { email },
    confirmed: emailVerified,
    passwordHash: null,
    way: 'sso',
    isSso: true,
    about: {
      displayName: name === null ? undefined : cutText(name, 64),
      avatarUrl: avatarUrl ?? undefined,
      metadata: data,
    },
    identity: identityOf(arrival),
  })
  if (user === undefined) throw new Overtaken()
  return user
}
