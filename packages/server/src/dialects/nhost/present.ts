import { sha256 } from '../../base/digest.ts'
import { hex } from '../../base/encoding.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Progress } from '../../flows/attempt/progress.ts'
import { hasApp } from '../../flows/factor/switch-app.ts'
import type { Grant } from '../../flows/session/open.ts'
import type { Nhost } from './dialect.ts'

/** What decides about pictures nobody gave. */
export type Picturing = Pick<Nhost['options'], 'gravatar' | 'gravatarDefault' | 'gravatarRating'>

/** What guests are to Hasura permissions, whatever roles wait for them. */
const guestRole = 'anonymous'

/** A user: exactly these fields; `metadata` and `activeMfaType` are there even when empty. */
export function presentUser(user: User, options: Picturing): JsonObject {
  return {
    id: user.id,
    createdAt: user.createdAt.toISOString(),
    displayName: nameOf(user),
    avatarUrl: pictureOf(user, options),
    locale: user.locale,
    ...(user.email === null ? {} : { email: user.email }),
    emailVerified: user.email !== null && user.emailConfirmedAt !== null,
    ...(user.phone === null ? {} : { phoneNumber: user.phone }),
    phoneNumberVerified: user.phone !== null && user.phoneConfirmedAt !== null,
    isAnonymous: user.isAnonymous,
    defaultRole: user.isAnonymous ? guestRole : user.defaultRole,
    roles: user.isAnonymous ? [guestRole] : user.roles,
    metadata: Object.keys(user.metadata).length === 0 ? null : user.metadata,
    activeMfaType: hasApp(user) ? 'totp' : null,
  }
}

/** What somebody goes by. */
export const nameOf = ({ displayName, email, phone }: User): string =>
  displayName || (email ?? phone ?? 'Anonymous User')

/** The picture they are shown with; empty for none. Whoever has no address has that of no address, and guests have none. */
export function pictureOf(user: User, { gravatar, gravatarDefault, gravatarRating }: Picturing): string {
  const { avatarUrl, email, isAnonymous } = user
  if (avatarUrl !== null || !gravatar || isAnonymous) return avatarUrl ?? ''
  return `https://www.gravatar.com/avatar/${hex(sha256(email ?? ''))}?d=${gravatarDefault}&r=${gravatarRating}`
}

/** Prefix of the ticket that waits for a second factor. */
export const mfaPrefix = 'mfaTotp:'

/** Where somebody stands after a way in: a session, or the ticket that a second factor turns into one. */
export function presentProgress(progress: Progress, options: Picturing): JsonObject {
  return progress.kind === 'complete'
    ? { session: presentSession(progress.grant, options) }
    : { mfa: { ticket: `${mfaPrefix}${progress.attempt}` } }
}

/** A session as the refresh route answers it, bare. The id of the refresh token is its session's: it outlives rotation. */
export function presentSession(granted: Grant, options: Picturing): JsonObject {
  return {
    accessToken: granted.accessToken,
    accessTokenExpiresIn: granted.expiresIn,
    refreshToken: granted.refreshToken,
    refreshTokenId: granted.session.id,
    user: presentUser(granted.user, options),
  }
}
