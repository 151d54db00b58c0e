import { type Statement, sql } from '../../storage/sql.ts'

/**
 * Something to prove besides the way in. Recovery codes are one factor, which stands in for any other; a `passkey` signs
 * in alone and protects nothing, a `webauthn` factor protects and may sign in as well.
 */
export type FactorType = 'totp' | 'phone' | 'webauthn' | 'passkey' | 'recovery_code'

/** A second factor as its owner may see it: no secret is part of it. */
export interface Factor {
  readonly id: string
  readonly userId: string
  readonly type: FactorType
  /** What its owner calls it; may be empty. */
  readonly name: string
  /** An unverified one was never proved: it neither protects nor blocks. */
  readonly status: 'verified' | 'unverified'
  /** The number codes are texted to (E.164); `null` for other types. */
  readonly phone: string | null
  /** How many recovery codes there were, and how many are left; `null` for other types. */
  readonly total: number | null
  readonly remaining: number | null
  /** What is known of a WebAuthn credential; `null` for other types. */
  readonly credential: {
    readonly signsIn: boolean
    readonly backedUp: boolean
    readonly transports: readonly string[]
    readonly aaguid: string | null
  } | null
  readonly lastChallengedAt: Date | null
  readonly lastUsedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** The select list of a {@link Factor} from `auth.factors f`. */
export const factorColumns: Statement = sql`f.id, f.user_id as "userId", f.type, f.name, f.status, f.phone,
  f.codes_total as total, case when f.codes_total is null then null else cardinality(f.codes) end as remaining,
  (select json_build_object('signsIn', p.signs_in, 'backedUp', p.backed_up, 'transports', p.transports, 'aaguid', p.aaguid)
    from auth.passkeys p where p.factor_id = f.id) as credential,
  f.last_challenged_at as "lastChallengedAt", f.last_used_at as "lastUsedAt", f.created_at as "createdAt", f.updated_at as "updatedAt"`

/** The factors of `auth.users u` as one JSON value, oldest first. For the statements that read a user. */
export const factorsOfUser: Statement = sql`(select coalesce(json_agg(f order by f."createdAt", f.id), '[]')
  from (select ${factorColumns} from auth.factors f where f.user_id = u.id) f)`

/** A factor as {@link factorsOfUser} brings it: instants are text there. */
export type RawFactor = {
  readonly [K in keyof Factor]: Factor[K] extends Date
    ? string
    : Factor[K] extends Date | null
      ? string | null
      : Factor[K]
}

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))

/** A factor read from JSON. */
export function toFactor(raw: RawFactor): Factor {
  return {
    ...raw,
    lastChallengedAt: instant(raw.lastChallengedAt),
    lastUsedAt: instant(raw.lastUsedAt),
    createdAt: new Date(raw.createdAt),
    updatedAt: new Date(raw.updatedAt),
  }
}

/** Whether a factor must be proved before its user is trusted. Recovery codes alone protect nothing: they stand in for others; nor do passkeys that only sign in. */
export function isProtecting({ status, type }: Pick<Factor, 'status' | 'type'>): boolean {
  return status === 'verified' && type !== 'recovery_code' && type !== 'passkey'
}

/** Whether somebody must prove more than the way in. */
export function isProtected({ factors }: { readonly factors: readonly Factor[] }): boolean {
  return factors.some(isProtecting)
}

/**
 * Whether a session has proved as much as its user can: the second factor too, where there is one. Below that it opens
 * nothing but the way there. An administrator who acts for the user has proved something else, and reaches no credentials.
 */
export function isAtReach({
  user,
  session,
}: {
  readonly user: { readonly factors: readonly Factor[] }
  readonly session: { readonly aal: 'aal1' | 'aal2'; readonly actorId: string | null }
}): boolean {
  return session.aal === 'aal2' || session.actorId !== null || !isProtected(user)
}
