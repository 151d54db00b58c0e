import { z } from 'zod'
import { mostMinutes } from '../../../flows/admin/act-for-user.ts'
import {
  adminPageFields,
  adminUserFields,
  emailField,
  instant,
  newAccountFields,
  providerField,
} from '../schemas/inputs.ts'
import { jsonObject, named } from '../schemas/named.ts'

const guid = () => z.guid().transform((text) => text.toLowerCase())
const redirectTo = () => z.string().max(2_048).optional()

export const createUserBody = named('CreateUser', z.strictObject({ id: guid().optional(), ...adminUserFields }))
export const updateUserBody = named('UpdateUser', z.strictObject(adminUserFields))
export const importBody = named(
  'ImportUsers',
  z.strictObject({
    users: z
      .array(z.strictObject({ id: guid().optional(), ...adminUserFields }))
      .min(1)
      .max(500),
    onConflict: z.enum(['skip', 'update', 'refuse']).optional().meta({ description: 'Default skip.' }),
    dryRun: z.boolean().optional(),
  }),
)
export const identityBody = named(
  'AttachIdentity',
  z.strictObject({ provider: providerField(), subject: z.string().min(1).max(255), email: emailField().optional() }),
)
export const linkRequestBody = named(
  'MakeLink',
  z.strictObject({
    purpose: z.enum(['sign_in', 'sign_up', 'recovery']),
    redirectTo: redirectTo(),
    send: z.boolean().optional().meta({ description: 'Mail it; default false.' }),
  }),
)
export const actForBody = named(
  'ActForUser',
  z.strictObject({
    reason: z.string().trim().min(1).max(256).meta({ description: 'Why; it stands in the audit log.' }),
    minutes: z.int().min(1).max(mostMinutes).optional().meta({ description: 'How long; default 60.' }),
  }),
)
const { roles, displayName, locale, metadata } = newAccountFields
export const inviteBody = named(
  'MakeInvite',
  z.strictObject({
    email: emailField(),
    displayName,
    locale,
    metadata,
    roles,
    appMetadata: jsonObject().optional(),
    redirectTo: redirectTo(),
  }),
)
export const rotateBody = named('RotateSigningKey', z.strictObject({ alg: z.enum(['ES256', 'RS256']).optional() }))
export const redirectBody = named('TestRedirect', z.strictObject({ url: z.string().max(4_096) }))

const filterFields = {
  q: z.string().min(1).max(254).optional().meta({ description: 'How e-mail, phone or name begins, or an id.' }),
  email: emailField().optional(),
  phone: z.string().max(64).optional(),
  provider: z.string().max(64).optional(),
  role: z.string().max(255).optional(),
  status: z.enum(['active', 'unconfirmed', 'banned', 'deleted', 'anonymous']).optional(),
  createdAfter: instant().optional(),
  createdBefore: instant().optional(),
  signedInAfter: instant().optional(),
  signedInBefore: instant().optional(),
}
const orders = ['createdAt', '-createdAt', 'lastSignInAt', '-lastSignInAt', 'email', '-email'] as const

export const usersQuery = z.strictObject({
  ...adminPageFields,
  ...filterFields,
  sort: z.enum(orders).default('-createdAt'),
})
export const exportQuery = z.strictObject({ ...filterFields, format: z.enum(['ndjson', 'csv']).default('ndjson') })
export const deleteUserQuery = z.strictObject({
  mode: z.enum(['soft', 'hard']).default('hard').meta({ description: 'soft keeps an empty row; default hard.' }),
})
const reasonFields = { reason: z.string().min(1).max(200).meta({ description: 'Kept in the audit log.' }) }
export const removeFactorQuery = z.strictObject(reasonFields)
export const dropAccessKeyQuery = z.strictObject(reasonFields)
export const adminPageQuery = z.strictObject(adminPageFields)
export const auditQuery = z.strictObject({
  ...adminPageFields,
  userId: guid().optional(),
  actorId: z.string().max(128).optional(),
  sessionId: guid().optional(),
  requestId: guid().optional(),
  action: z.string().max(64).optional().meta({ description: 'How the action begins.' }),
  result: z.enum(['ok', 'refused']).optional(),
  ip: z.string().max(64).optional(),
  after: instant().optional(),
  before: instant().optional(),
})
export const outboxQuery = z.strictObject({
  ...adminPageFields,
  state: z.enum(['waiting', 'sent', 'failed', 'inbox']).optional(),
  template: z.string().max(64).optional(),
  userId: guid().optional(),
  to: z.string().max(254).optional().meta({ description: 'Looks through the newest thousand.' }),
})
export const statsQuery = z.strictObject({
  from: instant().optional().meta({ description: 'Default a day ago.' }),
  to: instant().optional().meta({ description: 'Default now.' }),
})
