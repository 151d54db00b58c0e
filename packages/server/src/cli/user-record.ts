import { z } from 'zod'
import { parseEmail } from '../core/identifiers/email.ts'
import { parsePhone } from '../core/identifiers/phone.ts'
import type { JsonObject, User } from '../core/users/user.ts'
import type { AdminCreate } from '../flows/admin/create-user.ts'

const text = z.string().max(2_000)
const object = z.record(z.string(), z.unknown())

/** One line of an import or export: a user as plain JSON. */
export const userRecord = z.strictObject({
  id: z.uuid().optional(),
  email: text.nullish(),
  phone: text.nullish(),
  password: text.optional(),
  /** As another system stored it: argon2, bcrypt, scrypt, PBKDF2, Firebase's scrypt. */
  passwordHash: text.nullish(),
  emailConfirmed: z.boolean().optional(),
  phoneConfirmed: z.boolean().optional(),
  displayName: text.optional(),
  avatarUrl: text.nullish(),
  locale: text.optional(),
  metadata: object.optional(),
  appMetadata: object.optional(),
  roles: z.array(text).max(100).optional(),
  defaultRole: text.optional(),
  role: text.optional(),
  bannedUntil: z.iso.datetime({ offset: true }).nullish(),
})

export type UserRecord = z.output<typeof userRecord>

/** The record as the flow that makes users takes it. @throws Refusal for an address that is none */
export function toAdminCreate(record: UserRecord, way: 'admin' | 'import'): AdminCreate {
  const { email, phone, passwordHash, bannedUntil, metadata, appMetadata, ...plain } = record
  return {
    ...plain,
    way,
    ...(email == null ? {} : { email: parseEmail(email) }),
    ...(phone == null ? {} : { phone: parsePhone(phone) }),
    ...(passwordHash == null ? {} : { passwordHash }),
    ...(metadata === undefined ? {} : { metadata: metadata as JsonObject }),
    ...(appMetadata === undefined ? {} : { appMetadata: appMetadata as JsonObject }),
    ...(bannedUntil == null ? {} : { bannedUntil: new Date(bannedUntil) }),
  }
}

/** A user as an import takes it. @param passwordHash only where whoever exports asked for it */
export function toRecord(user: User, passwordHash?: string | null): UserRecord {
  const { id, email, phone, displayName, avatarUrl, locale, metadata, appMetadata, roles, defaultRole, role } = user
  return {
    id,
    email,
    phone,
    ...(passwordHash === undefined ? {} : { passwordHash }),
    emailConfirmed: user.emailConfirmedAt !== null,
    phoneConfirmed: user.phoneConfirmedAt !== null,
    displayName,
    avatarUrl,
    locale,
    metadata,
    appMetadata,
    roles: [...roles],
    defaultRole,
    role,
    bannedUntil: user.bannedUntil?.toISOString() ?? null,
  }
}
