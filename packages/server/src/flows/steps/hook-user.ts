import type { Core } from '../../core/core.ts'
import { appMetadataWithProviders, metadataWithProofs } from '../../core/tokens/claims.ts'
import type { Factor } from '../../core/users/factor.ts'
import { firstConfirmation } from '../../core/users/first-confirmation.ts'
import type { Identity, JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'

const digits = (phone: string | null): string => (phone ?? '').replace('+', '')
const stamp = (name: string, at: Date | null): JsonObject => (at === null ? {} : { [name]: at.toISOString() })

/** An instant that has not been: what an account that is not stored says of its times. */
const never = '0001-01-01T00:00:00Z'

/** An account as hooks are told of it: addresses, metadata, times; no secret. */
export function hookUser(user: User, { settings }: Pick<Core, 'settings'>): JsonObject {
  // Passkeys that only sign in protect nothing.
  const factors = user.factors.filter(({ type }) => type !== 'passkey')
  return {
    id: user.id,
    aud: settings.tokens.audience,
    role: user.role,
    email: user.email ?? '',
    ...stamp('email_confirmed_at', user.emailConfirmedAt),
    phone: digits(user.phone),
    ...stamp('phone_confirmed_at', user.phoneConfirmedAt),
    ...stamp('confirmed_at', firstConfirmation(user)),
    ...stamp('invited_at', user.invitedAt),
    ...stamp('confirmation_sent_at', user.confirmationSentAt),
    ...stamp('recovery_sent_at', user.recoverySentAt),
    ...(user.pendingEmail === null ? {} : { new_email: user.pendingEmail }),
    ...stamp('email_change_sent_at', user.emailChangeSentAt),
    ...(user.pendingPhone === null ? {} : { new_phone: digits(user.pendingPhone) }),
    ...stamp('phone_change_sent_at', user.phoneChangeSentAt),
    ...stamp('reauthentication_sent_at', user.reauthenticationSentAt),
    ...stamp('last_sign_in_at', user.lastSignInAt),
    app_metadata: appMetadataWithProviders(user),
    user_metadata: metadataWithProofs(user),
    identities: user.identities.map(hookIdentity),
    ...(factors.length === 0 ? {} : { factors: factors.map(hookFactor) }),
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
    ...stamp('banned_until', user.bannedUntil),
    ...stamp('deleted_at', user.deletedAt),
    is_anonymous: user.isAnonymous,
  }
}

function hookIdentity(identity: Identity): JsonObject {
  return {
    identity_id: identity.id,
    id: identity.subject,
    user_id: identity.userId,
    identity_data: identity.data,
    provider: identity.provider,
    ...stamp('last_sign_in_at', identity.lastSignInAt),
    created_at: identity.createdAt.toISOString(),
    updated_at: identity.updatedAt.toISOString(),
    ...(identity.email === null ? {} : { email: identity.email }),
  }
}

function hookFactor({ id, type, status, name, phone, lastChallengedAt, createdAt, updatedAt }: Factor): JsonObject {
  return {
    id,
    factor_type: type,
    status,
    ...(name === '' ? {} : { friendly_name: name }),
    phone: digits(phone),
    last_challenged_at: lastChallengedAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }
}

/** Somebody who is not stored, or not yet. */
export interface Candidate {
  readonly email: string | null
  readonly phone: string | null
  /** The account elsewhere they come with. */
  readonly provider?: string | undefined
  readonly role: string
  readonly metadata: JsonObject
  readonly appMetadata: JsonObject
  readonly isAnonymous: boolean
}

/** An address as the two fields of which one is empty. */
export function addressFields(address: Address | undefined): Pick<Candidate, 'email' | 'phone'> {
  return {
    email: address !== undefined && 'email' in address ? address.email : null,
    phone: address !== undefined && 'phone' in address ? address.phone : null,
  }
}

/** As {@link hookUser}, for an account that is not there. */
export function hookCandidate(id: string, who: Candidate, { settings }: Pick<Core, 'settings'>): JsonObject {
  const provider = who.provider ?? (who.email !== null ? 'email' : who.phone !== null ? 'phone' : undefined)
  return {
    id,
    aud: settings.tokens.audience,
    role: who.role,
    email: who.email ?? '',
    phone: digits(who.phone),
    app_metadata: { ...(provider === undefined ? {} : { provider, providers: [provider] }), ...who.appMetadata },
    user_metadata: who.metadata,
    identities: [],
    created_at: never,
    updated_at: never,
    is_anonymous: who.isAnonymous,
  }
}
