import type { SignedIn, User } from '@watchword/client'

/** A user as a session carries it. Where the server says more, more is there. */
export interface SessionUser {
  /** UUID. */
  id: string
  /** Empty for whoever has none. */
  email: string
  /** The role in the sense of the database, mostly `authenticated`. */
  role: string
  /** Written by administrators alone. */
  app_metadata: Record<string, unknown>
  /** Written by the user; the two names are always there, if only as empty text. */
  user_metadata: UserMetadata
}

/** What people say about themselves. */
export interface UserMetadata {
  name: string
  surname: string
  avatar?: string | null
  [more: string]: unknown
}

/** Somebody who is signed in, in the form that Altan documents. */
export interface Session {
  access_token: string
  /** Empty where it lives in a cookie. */
  refresh_token: string
  /** Seconds the access token lives, from when it was made. */
  expires_in: number
  /** Seconds since 1970. */
  expires_at: number
  /** `bearer` */
  token_type: string
  user: SessionUser
}

/** A session of our client in the documented form; null while this page has no token of its own. */
export function toSession({ user, tokens }: Pick<SignedIn, 'user' | 'tokens'>): Session | null {
  if (tokens === null) return null
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken ?? '',
    expires_in: tokens.expiresIn,
    expires_at: Math.round(Date.parse(tokens.expiresAt) / 1000),
    token_type: 'bearer',
    user: toSessionUser(user),
  }
}

/** A user of our client in the documented form. */
export function toSessionUser(user: User): SessionUser {
  return {
    id: user.id,
    email: user.email ?? '',
    role: user.role,
    app_metadata: user.appMetadata,
    user_metadata: withNames(user.metadata, user.displayName, user.avatarUrl),
  }
}

/**
 * Somebody else's session, with the names that are documented as always there.
 * @returns the same object where nothing is missing
 */
export function complete(session: Session): Session {
  const metadata: Record<string, unknown> = session.user.user_metadata ?? {}
  if (typeof metadata['name'] === 'string' && typeof metadata['surname'] === 'string') return session
  const full = metadata['full_name']
  const user_metadata = withNames(metadata, typeof full === 'string' ? full : '', metadata['avatar_url'])
  return { ...session, user: { ...session.user, user_metadata } }
}

function withNames(metadata: Record<string, unknown>, full: string, avatar: unknown): UserMetadata {
  const [first = '', ...others] = full.trim().split(/\s+/)
  const { name, surname } = metadata
  const given = metadata['avatar'] ?? avatar
  return {
    ...metadata,
    name: typeof name === 'string' ? name : first,
    surname: typeof surname === 'string' ? surname : others.join(' '),
    avatar: typeof given === 'string' ? given : null,
  }
}
