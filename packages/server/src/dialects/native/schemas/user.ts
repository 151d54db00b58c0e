import { z } from 'zod'
import { id, jsonObject, named, pageOf, time } from './named.ts'

const wayIn = z.enum(['password', 'code', 'provider', 'sso', 'passkey', 'wallet'])

/** An account elsewhere that may sign this user in. */
export const identity = named(
  'Identity',
  z.strictObject({
    id: id(),
    provider: z.string(),
    subject: z.string(),
    email: z.string().nullable(),
    emailVerified: z.boolean(),
    name: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    profile: jsonObject().meta({ description: 'As the provider said it.' }),
    createdAt: time(),
    lastSignInAt: time().nullable(),
  }),
)
export const identityPage = pageOf('IdentityPage', identity)

const factorFields = {
  id: id(),
  name: z.string(),
  status: z.enum(['verified', 'unverified']).meta({ description: 'Only a verified one protects.' }),
  createdAt: time(),
  lastUsedAt: time().nullable(),
}

/** Something to prove besides the way in. */
export const factor = named(
  'Factor',
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('totp'), ...factorFields }),
    z.strictObject({ type: z.literal('phone'), ...factorFields, phone: z.string().meta({ description: 'Masked.' }) }),
    z.strictObject({
      type: z.literal('passkey'),
      ...factorFields,
      signIn: z.boolean().meta({ description: 'It signs in alone.' }),
      backedUp: z.boolean(),
      transports: z.array(z.string()),
      authenticator: z.strictObject({ aaguid: z.string(), name: z.string() }).nullable(),
    }),
    z.strictObject({ type: z.literal('recovery_codes'), ...factorFields, total: z.int(), remaining: z.int() }),
  ]),
)
export const factorPage = pageOf('FactorPage', factor)

/** Recovery codes, the one time they are shown. */
export const recoveryCodes = named('RecoveryCodes', z.strictObject({ factor, codes: z.array(z.string()) }))

const userFields = {
  id: id(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  isAnonymous: z.boolean(),
  role: z.string().meta({ description: 'The role in the sense of the database.' }),
  roles: z.array(z.string()).meta({ description: 'The roles in the sense of the app.' }),
  defaultRole: z.string(),
  metadata: jsonObject().meta({ description: 'Written by the user.' }),
  appMetadata: jsonObject().meta({ description: 'Written by administrators alone.' }),
  emailConfirmedAt: time().nullable(),
  phoneConfirmedAt: time().nullable(),
  pendingEmail: z.string().nullable().meta({ description: 'The new address of a change that waits.' }),
  pendingPhone: z.string().nullable(),
  displayName: z.string(),
  avatarUrl: z.string().nullable(),
  locale: z.string(),
  isSso: z.boolean().meta({ description: 'Managed by an organisation.' }),
  waysIn: z.array(wayIn).meta({ description: 'What would work at the next sign-in.' }),
  identities: z.array(identity),
  factors: z.array(factor),
  createdAt: time(),
  updatedAt: time(),
  lastSignInAt: time().nullable(),
}

/** A user as they see themselves. */
export const user = named('User', z.strictObject(userFields))

const adminFields = {
  ...userFields,
  bannedUntil: time().nullable(),
  deletedAt: time().nullable(),
  invitedAt: time().nullable(),
  createdBy: z.strictObject({ dialect: z.string(), way: z.string() }),
}

/** A user as administrators see them in lists. */
export const adminUser = named('AdminUser', z.strictObject(adminFields))
export const adminUserPage = pageOf('AdminUserPage', adminUser)

/** A user looked at closely. */
export const adminUserDetails = named(
  'AdminUserDetails',
  z.strictObject({
    ...adminFields,
    activeSessions: z.int(),
    lockedUntil: time().nullable().meta({ description: 'Too many wrong passwords or codes.' }),
    passwordScheme: z.enum(['argon2id', 'bcrypt', 'scrypt', 'fbscrypt', 'pbkdf2']).nullable(),
  }),
)

const proof = z.strictObject({
  method: z.string().meta({ description: 'password, code, link, recovery, invite, anonymous …' }),
  at: time(),
  provider: z.string().nullable(),
})

/** One signed-in device. */
export const session = named(
  'Session',
  z.strictObject({
    id: id(),
    userId: id(),
    aal: z.enum(['aal1', 'aal2']),
    amr: z.array(proof).meta({ description: 'What was proved, newest first.' }),
    provedAt: time().meta({ description: 'The last proof; refreshing does not move it.' }),
    createdAt: time(),
    lastUsedAt: time(),
    idleEndsAt: time(),
    endsAt: time(),
    current: z.boolean(),
    dialect: z.string(),
    actor: z.string().nullable().meta({ description: 'The administrator who acts for the user.' }),
    device: z.strictObject({
      name: z.string(),
      os: z.string().nullable(),
      browser: z.string().nullable(),
      kind: z.enum(['desktop', 'mobile', 'tablet', 'server', 'unknown']),
    }),
    ip: z.string().nullable(),
  }),
)
export const sessionPage = pageOf('SessionPage', session)

/** A personal access token. */
export const accessKey = named(
  'AccessKey',
  z.strictObject({
    id: id(),
    name: z.string(),
    hint: z.string().meta({ description: 'Its last characters.' }),
    scopes: z.array(z.string()).meta({
      description:
        'What it is good for; `*` alone, from a dialect without scopes: all but the credentials of the account.',
    }),
    metadata: jsonObject(),
    expiresAt: time(),
    createdAt: time(),
    lastUsedAt: time().nullable(),
    key: z
      .string()
      .nullable()
      .meta({ description: 'Once, when it is made.', examples: ['wwk_…'] }),
  }),
)
export const accessKeyPage = pageOf('AccessKeyPage', accessKey)
