import { z } from 'zod'
import { adminScopes } from '../../../core/keys/api-keys.ts'
import { templateNames } from '../../../core/notifications/templates/template-names.ts'
import { instant } from './inputs.ts'
import { id, jsonObject, named, pageOf, time } from './named.ts'

const scope = z.enum(adminScopes as [string, ...string[]] as ['admin'])

export const auditEvent = named(
  'AuditEvent',
  z.strictObject({
    id: id(),
    at: time(),
    action: z.string().meta({ examples: ['session.opened'] }),
    result: z.enum(['ok', 'refused']),
    code: z.string().nullable(),
    requestId: id().nullable(),
    userId: id().nullable(),
    sessionId: id().nullable(),
    dialect: z.string().nullable(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    actor: z.strictObject({ type: z.enum(['user', 'admin', 'key', 'system', 'nobody']), id: z.string().nullable() }),
    target: z.strictObject({ type: z.string(), id: z.string() }).nullable(),
    details: jsonObject(),
  }),
)
export const auditPage = pageOf('AuditEventPage', auditEvent)

export const invite = named(
  'Invite',
  z.strictObject({
    id: id(),
    userId: id().nullable(),
    email: z.string().nullable(),
    invitedBy: z.string().nullable(),
    createdAt: time(),
    expiresAt: time(),
  }),
)
export const invitePage = pageOf('InvitePage', invite)

export const adminLink = named(
  'AdminLink',
  z.strictObject({
    url: z.string().nullable().meta({ description: 'null when it was mailed.' }),
    purpose: z.enum(['sign_in', 'sign_up', 'recovery']),
    expiresAt: time(),
  }),
)

export const imported = named(
  'Imported',
  z.strictObject({
    results: z.array(
      z.strictObject({
        index: z.int(),
        id: id().nullable(),
        status: z.enum(['created', 'updated', 'skipped', 'refused']),
        code: z.string().nullable(),
      }),
    ),
  }),
)

export const signingKey = named(
  'SigningKey',
  z.strictObject({
    kid: z.string(),
    algorithm: z.string(),
    state: z.enum(['next', 'active', 'retiring', 'retired', 'revoked']),
    createdAt: time(),
    signsFrom: time(),
    retiresAt: time().nullable(),
    revokedAt: time().nullable(),
  }),
)
export const signingKeyPage = pageOf('SigningKeyPage', signingKey)

const apiKeyFields = {
  id: id(),
  kind: z.enum(['publishable', 'secret']),
  name: z.string(),
  hint: z.string().meta({ description: 'The last characters.' }),
  scopes: z.array(scope),
  origins: z.array(z.string()),
  needsSession: z.boolean(),
  expiresAt: time().nullable(),
  revokedAt: time().nullable(),
  createdAt: time(),
}
export const apiKey = named('ApiKey', z.strictObject(apiKeyFields))
export const apiKeyPage = pageOf('ApiKeyPage', apiKey)
export const newApiKey = named(
  'NewApiKey',
  z.strictObject({ ...apiKeyFields, key: z.string().nullable().meta({ description: 'Shown once.' }) }),
)

export const apiKeyBody = named(
  'ApiKeyRequest',
  z.strictObject({
    kind: z.enum(['publishable', 'secret']),
    name: z.string().min(1).max(64),
    scopes: z.array(scope).max(10).optional().meta({ description: 'Of a secret key; default admin.' }),
    origins: z
      .array(z.string().max(255))
      .max(50)
      .optional()
      .meta({ description: 'Of a publishable key; default any.' }),
    needsSession: z
      .boolean()
      .optional()
      .meta({ description: 'Of a publishable key: live connections are for people who are signed in. Default false.' }),
    expiresAt: instant().nullable().optional(),
  }),
)

const messageStates = z.enum(['waiting', 'sent', 'failed', 'inbox'])
export const outboxMessage = named(
  'OutboxMessage',
  z.strictObject({
    id: id(),
    channel: z
      .enum(['email', 'sms', 'whatsapp', 'hook'])
      .meta({ description: 'hook: an event the application is told of.' }),
    template: z.string().meta({ examples: [...templateNames.slice(0, 3)] }),
    state: messageStates,
    to: z.string().nullable().meta({ description: 'null once the content is wiped.' }),
    userId: id().nullable(),
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: time(),
    nextAt: time(),
    sentAt: time().nullable(),
  }),
)
export const outboxPage = pageOf('OutboxPage', outboxMessage)

export const redirectVerdict = named(
  'RedirectVerdict',
  z.strictObject({ allowed: z.boolean(), rule: z.string().nullable(), reason: z.string() }),
)

export const stats = named(
  'Stats',
  z.strictObject({
    from: time(),
    to: time(),
    users: z.int().meta({ description: 'An estimate.' }),
    newUsers: z.int(),
    signIns: z.strictObject({ ok: z.int(), refused: z.int() }),
    outbox: z.strictObject({ waiting: z.int(), oldestAt: time().nullable() }),
  }),
)
