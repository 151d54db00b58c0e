import { type Statement, sql } from '../../storage/sql.ts'
import { type Factor, factorsOfUser, type RawFactor, toFactor } from './factor.ts'

/** A JSON object, as people and applications keep beside an account. */
export type JsonObject = Readonly<Record<string, unknown>>

/** How an account came to be. */
export interface Origin {
  readonly dialect: string
  readonly way: string
}

/** An account elsewhere, or an own address, that may sign this user in: (provider, subject). */
export interface Identity {
  readonly id: string
  readonly userId: string
  /** `email`, `phone`, or the name of a provider. */
  readonly provider: string
  readonly subject: string
  readonly email: string | null
  readonly data: JsonObject
  readonly lastSignInAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A person or guest. No secret is part of it, so a presenter cannot leak one. */
export interface User {
  readonly id: string
  readonly email: string | null
  readonly phone: string | null
  readonly emailConfirmedAt: Date | null
  readonly phoneConfirmedAt: Date | null
  readonly pendingEmail: string | null
  readonly pendingPhone: string | null
  readonly hasPassword: boolean
  readonly passwordChangedAt: Date | null
  /** The role in the database's sense. */
  readonly role: string
  /** The application's roles. */
  readonly roles: readonly string[]
  readonly defaultRole: string
  readonly displayName: string
  readonly avatarUrl: string | null
  readonly locale: string
  /** Written by the user. */
  readonly metadata: JsonObject
  /** Written by administrators alone. */
  readonly appMetadata: JsonObject
  readonly isAnonymous: boolean
  readonly isSso: boolean
  readonly bannedUntil: Date | null
  readonly deletedAt: Date | null
  readonly invitedAt: Date | null
  readonly confirmationSentAt: Date | null
  readonly recoverySentAt: Date | null
  readonly emailChangeSentAt: Date | null
  readonly phoneChangeSentAt: Date | null
  readonly reauthenticationSentAt: Date | null
  readonly lastSignInAt: Date | null
  readonly createdBy: Origin
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly identities: readonly Identity[]
  /** Second factors, oldest first. */
  readonly factors: readonly Factor[]
}

/** The select list of a {@link User} from `auth.users u`. Other rooms that join users get it handed by core.ts. */
export const userColumns: Statement = sql`u.id, u.email, u.phone, u.email_confirmed_at as "emailConfirmedAt",
  u.phone_confirmed_at as "phoneConfirmedAt", u.pending_email as "pendingEmail", u.pending_phone as "pendingPhone",
  u.password_hash is not null as "hasPassword", u.password_changed_at as "passwordChangedAt", u.role, u.roles,
  u.default_role as "defaultRole", u.display_name as "displayName", u.avatar_url as "avatarUrl", u.locale, u.metadata,
  u.app_metadata as "appMetadata", u.is_anonymous as "isAnonymous", u.is_sso as "isSso", u.banned_until as "bannedUntil",
  u.deleted_at as "deletedAt", u.invited_at as "invitedAt", u.confirmation_sent_at as "confirmationSentAt",
  u.recovery_sent_at as "recoverySentAt", u.email_change_sent_at as "emailChangeSentAt",
  u.phone_change_sent_at as "phoneChangeSentAt", u.reauthentication_sent_at as "reauthenticationSentAt",
  u.last_sign_in_at as "lastSignInAt", u.created_by as "createdBy", u.created_at as "createdAt", u.updated_at as "updatedAt",
  (select coalesce(json_agg(json_build_object('id', i.id, 'userId', i.user_id, 'provider', i.provider, 'subject', i.subject,
    'email', i.email, 'data', i.data, 'lastSignInAt', i.last_sign_in_at, 'createdAt', i.created_at, 'updatedAt', i.updated_at)
    order by i.created_at, i.id), '[]') from auth.identities i where i.user_id = u.id) as identities,
  ${factorsOfUser} as factors`

type Raw<T> = { readonly [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] }

/** A row selected with {@link userColumns}. */
export type UserRow = Omit<User, 'identities' | 'factors'> & {
  readonly identities: readonly Raw<Identity>[]
  readonly factors: readonly RawFactor[]
}

/** A row as a {@link User}: instants inside aggregated JSON come as text. */
export function toUser(row: UserRow): User {
  return pickUser(row, row.identities.map(toIdentity), row.factors.map(toFactor))
}

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))

function toIdentity(raw: Raw<Identity>): Identity {
  return {
    ...raw,
    lastSignInAt: instant(raw.lastSignInAt),
    createdAt: new Date(raw.createdAt),
    updatedAt: new Date(raw.updatedAt),
  }
}

/** Built field by field: a statement that selects more than a user does not widen one. */
function pickUser(row: UserRow, identities: readonly Identity[], factors: readonly Factor[]): User {
  return {
    id: row.id,
    email: row.email,
    phone: row.phone,
    emailConfirmedAt: row.emailConfirmedAt,
    phoneConfirmedAt: row.phoneConfirmedAt,
    pendingEmail: row.pendingEmail,
    pendingPhone: row.pendingPhone,
    hasPassword: row.hasPassword,
    passwordChangedAt: row.passwordChangedAt,
    role: row.role,
    roles: row.roles,
    defaultRole: row.defaultRole,
    displayName: row.displayName,
    avatarUrl: row.avatarUrl,
    locale: row.locale,
    metadata: row.metadata,
    appMetadata: row.appMetadata,
    isAnonymous: row.isAnonymous,
    isSso: row.isSso,
    bannedUntil: row.bannedUntil,
    deletedAt: row.deletedAt,
    invitedAt: row.invitedAt,
    confirmationSentAt: row.confirmationSentAt,
    recoverySentAt: row.recoverySentAt,
    emailChangeSentAt: row.emailChangeSentAt,
    phoneChangeSentAt: row.phoneChangeSentAt,
    reauthenticationSentAt: row.reauthenticationSentAt,
    lastSignInAt: row.lastSignInAt,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    identities,
    factors,
  }
}
