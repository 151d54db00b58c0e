import { unixSeconds } from '../../base/duration.ts'
import type { Settings } from '../../core/settings/settings.ts'
import { appMetadataWithProviders, metadataWithProofs } from '../../core/tokens/claims.ts'
import type { Factor } from '../../core/users/factor.ts'
import { firstConfirmation } from '../../core/users/first-confirmation.ts'
import type { Identity, JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Grant } from '../../flows/session/open.ts'
import { type Answer, json } from '../../http/answer.ts'

type Audience = Pick<Settings, 'tokens'>

const stamp = (name: string, at: Date | null) => (at === null ? {} : { [name]: at.toISOString() })
const given = (name: string, text: string | null): Readonly<Record<string, string>> =>
  text === null ? {} : { [name]: text }

/** Phones travel as bare digits. */
const digits = (phone: string | null): string => (phone ?? '').replace('+', '')

/** A user: exactly these fields, whatever else is known. */
export function presentUser(user: User, { tokens }: Audience): JsonObject {
  return {
    id: user.id,
    aud: tokens.audience,
    role: user.role,
    email: user.email ?? '',
    ...stamp('email_confirmed_at', user.emailConfirmedAt),
    phone: digits(user.phone),
    ...stamp('phone_confirmed_at', user.phoneConfirmedAt),
    ...stamp('confirmed_at', firstConfirmation(user)),
    ...stamp('invited_at', user.invitedAt),
    ...stamp('confirmation_sent_at', user.confirmationSentAt),
    ...stamp('recovery_sent_at', user.recoverySentAt),
    ...given('new_email', user.pendingEmail),
    ...stamp('email_change_sent_at', user.emailChangeSentAt),
    ...(user.pendingPhone === null ? {} : { new_phone: digits(user.pendingPhone) }),
    ...stamp('phone_change_sent_at', user.phoneChangeSentAt),
    ...stamp('reauthentication_sent_at', user.reauthenticationSentAt),
    ...stamp('last_sign_in_at', user.lastSignInAt),
    app_metadata: appMetadataWithProviders(user),
    user_metadata: metadataWithProofs(user),
    ...(secondFactorsOf(user).length === 0 ? {} : { factors: secondFactorsOf(user).map(presentFactor) }),
    identities: user.identities.map((each) => presentIdentity(each, user)),
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
    ...stamp('banned_until', user.bannedUntil),
    ...stamp('deleted_at', user.deletedAt),
    is_anonymous: user.isAnonymous,
  }
}

/** Passkeys that only sign in have a list of their own. */
export const secondFactorsOf = ({ factors }: User): readonly Factor[] =>
  factors.filter(({ type }) => type !== 'passkey')

/** A second factor, as users and administrators see it. */
export function presentFactor(factor: Factor): JsonObject {
  return {
    id: factor.id,
    factor_type: factor.type,
    status: factor.status,
    ...(factor.name === '' ? {} : { friendly_name: factor.name }),
    phone: digits(factor.phone),
    last_challenged_at: factor.lastChallengedAt?.toISOString() ?? null,
    created_at: factor.createdAt.toISOString(),
    updated_at: factor.updatedAt.toISOString(),
  }
}

/** A number stands in the identity where it did not come with the sign-up. */
function presentIdentity(identity: Identity, { phone }: Pick<User, 'phone'>): JsonObject {
  const { data } = identity
  const isOwnNumber = identity.provider === 'phone' && phone !== null && data['phone'] === phone
  return {
    identity_id: identity.id,
    id: identity.subject,
    user_id: identity.userId,
    identity_data: isOwnNumber ? { ...data, phone: digits(phone) } : data,
    provider: identity.provider,
    ...stamp('last_sign_in_at', identity.lastSignInAt),
    created_at: identity.createdAt.toISOString(),
    updated_at: identity.updatedAt.toISOString(),
    ...given('email', identity.email),
  }
}

/**
 * The user after a sign-up that waits for its confirmation. Whoever asks has proved nothing, so what administrators
 * wrote on an account that was there before stays out, and of an invited one everything that is not the address.
 */
export function presentSignedUp(user: User, audience: Audience): JsonObject {
  const { id, aud, role, email, phone, confirmation_sent_at, created_at, updated_at } = presentUser(user, audience)
  const invited = user.invitedAt !== null
  return {
    id,
    aud,
    role,
    email,
    phone,
    confirmation_sent_at,
    app_metadata: appMetadataWithProviders({ ...user, appMetadata: {} }),
    user_metadata: invited ? {} : metadataWithProofs(user),
    identities: invited ? [] : user.identities.map((each) => presentIdentity(each, user)),
    created_at,
    updated_at,
    is_anonymous: false,
  }
}

/** A user who does not exist, for a sign-up with an address that is taken. Its empty `identities` are its only tell. */
export function presentConcealed(
  concealed: { readonly id: string; readonly address: Address; readonly metadata: JsonObject; readonly at: Date },
  { tokens }: Audience,
): JsonObject {
  const { id, address, metadata } = concealed
  const provider = 'email' in address ? 'email' : 'phone'
  const at = concealed.at.toISOString()
  return {
    id,
    aud: tokens.audience,
    role: '',
    email: 'email' in address ? address.email : '',
    phone: 'email' in address ? '' : digits(address.phone),
    confirmation_sent_at: at,
    app_metadata: { provider, providers: [provider] },
    user_metadata: metadata,
    identities: [],
    created_at: at,
    updated_at: at,
    is_anonymous: false,
  }
}

/** What the provider gave, handed out once (S76). */
export function presentTokens({ brought }: Grant): Readonly<Record<string, string>> {
  const tokens = brought?.tokens
  if (tokens == null) return {}
  return { provider_token: tokens.accessToken, ...given('provider_refresh_token', tokens.refreshToken) }
}

/** A session with its user. @param more `weak_password` where a password was the way in */
export function presentSession(grant: Grant, audience: Audience, more: JsonObject = {}): Answer {
  const body = {
    access_token: grant.accessToken,
    token_type: 'bearer',
    expires_in: grant.expiresIn,
    expires_at: unixSeconds(grant.expiresAt),
    refresh_token: grant.refreshToken,
    user: presentUser(grant.user, audience),
    ...presentTokens(grant),
    ...more,
  }
  return json(200, body, { 'sb-auth-user-id': grant.user.id, 'sb-auth-session-id': grant.session.id })
}
