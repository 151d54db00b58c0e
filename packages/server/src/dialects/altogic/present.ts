import { isDeepStrictEqual } from 'node:util'
import type { Session } from '../../core/sessions/session.ts'
import { accountsElsewhere } from '../../core/users/accounts-elsewhere.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { describeAgent } from './user-agent.ts'

/** The account elsewhere that somebody signs in with, where they have no password. */
function providerOf(user: User): { readonly provider: string; readonly providerUserId: string } {
  const elsewhere = user.hasPassword ? undefined : accountsElsewhere(user)[0]
  return elsewhere === undefined
    ? { provider: 'altogic', providerUserId: user.id }
    : { provider: elsewhere.provider, providerUserId: elsewhere.subject }
}

/** Whether the account is one of a provider's, and has no password here. */
export function isElsewhere(user: User): boolean {
  return providerOf(user).provider !== 'altogic'
}

/** What people may not set by a field of their own. */
export const ownedFields: ReadonlySet<string> = new Set([
  ...['_id', 'provider', 'providerUserId', 'email', 'phone', 'name', 'profilePicture', 'password', 'signUpAt'],
  ...['lastLoginAt', 'emailVerified', 'phoneVerified', 'errors', 'session', 'user'],
])

/** What the application keeps beside a user. What a provider says in words of its own is part of the user under others. */
function keptBeside(user: User): JsonObject {
  const elsewhere = accountsElsewhere(user)
  const isSaid = (name: string, value: unknown) =>
    elsewhere.some(({ data }) => Object.hasOwn(data, name) && isDeepStrictEqual(data[name], value))
  const kept = Object.entries(user.metadata).filter(([name, value]) => !ownedFields.has(name) && !isSaid(name, value))
  return Object.fromEntries(kept)
}

/** A picture, or what the application names its own by. */
function pictureOf({ avatarUrl, metadata }: User): JsonObject {
  const shown = avatarUrl ?? metadata['profilePicture']
  return typeof shown === 'string' && shown !== '' ? { profilePicture: shown } : {}
}

/** A user: what the server owns, after whatever the application keeps beside it. */
export function presentUser(user: User): JsonObject {
  return {
    ...keptBeside(user),
    _id: user.id,
    ...providerOf(user),
    ...(user.email === null ? {} : { email: user.email, emailVerified: user.emailConfirmedAt !== null }),
    ...(user.phone === null ? {} : { phone: user.phone, phoneVerified: user.phoneConfirmedAt !== null }),
    ...(user.displayName === '' ? {} : { name: user.displayName }),
    ...pictureOf(user),
    signUpAt: user.createdAt.toISOString(),
    lastLoginAt: (user.lastSignInAt ?? user.createdAt).toISOString(),
  }
}

/** A session. @param token what its holder shows; the id for the sessions of other devices, whose tokens nobody knows */
export function presentSession(
  session: Pick<Session, 'userId' | 'createdAt' | 'userAgent'>,
  token: string,
): JsonObject {
  return {
    userId: session.userId,
    token,
    creationDtm: session.createdAt.toISOString(),
    userAgent: describeAgent(session.userAgent),
    accessGroupKeys: [],
  }
}
