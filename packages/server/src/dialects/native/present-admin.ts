import type { z } from 'zod'
import type { AuditEvent } from '../../core/audit/audit.ts'
import type { ApiKey } from '../../core/keys/api-keys.ts'
import type { OutboxEntry } from '../../core/notifications/outbox-admin.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { SigningKeyInfo } from '../../core/tokens/signing-keys.ts'
import type { UserDescription } from '../../flows/admin/describe-user.ts'
import { presentAdminUser, timeOf } from './present.ts'
import type { apiKey, auditEvent, invite, outboxMessage, signingKey } from './schemas/admin.ts'
import type { adminUserDetails } from './schemas/user.ts'

/** An event. @param view `own`: to the person it is about, who need not know where an administrator sat */
export function presentEvent(event: AuditEvent, view: 'own' | 'admin'): z.input<typeof auditEvent> {
  const isTheirs = view === 'admin' || event.actorType === 'user' || event.actorType === 'nobody'
  return {
    id: event.id,
    at: timeOf(event.at),
    action: event.action,
    result: event.result,
    code: event.code,
    requestId: event.requestId,
    userId: event.userId,
    sessionId: event.sessionId,
    dialect: event.dialect,
    ip: isTheirs ? event.ip : null,
    userAgent: isTheirs ? event.userAgent : null,
    actor: { type: event.actorType, id: isTheirs ? event.actorId : null },
    target: event.targetType === null ? null : { type: event.targetType, id: event.targetId ?? '' },
    details: event.details,
  }
}

/** A user looked at closely. */
export function presentDetails(found: UserDescription): z.input<typeof adminUserDetails> {
  return {
    ...presentAdminUser(found.user),
    activeSessions: found.activeSessions,
    lockedUntil: timeOf(found.lockedUntil),
    passwordScheme: found.passwordScheme,
  }
}

/** An invitation that waits. */
export function presentInvite(ticket: Ticket, email: string | null): z.input<typeof invite> {
  const by = ticket.payload['invitedBy']
  return {
    id: ticket.id,
    userId: ticket.userId,
    email,
    invitedBy: typeof by === 'string' ? by : null,
    createdAt: timeOf(ticket.createdAt),
    expiresAt: timeOf(ticket.expiresAt),
  }
}

/** A signing key without its secret. */
export function presentSigningKey(key: SigningKeyInfo): z.input<typeof signingKey> {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    createdAt: timeOf(key.createdAt),
    signsFrom: timeOf(key.signsFrom),
    retiresAt: timeOf(key.retiresAt),
    revokedAt: timeOf(key.revokedAt),
  }
}

/** An API key without its text. */
export function presentApiKey(key: ApiKey): z.input<typeof apiKey> {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    hint: key.hint,
    scopes: [...key.scopes] as ['admin'],
    origins: [...key.origins],
    needsSession: key.needsSession,
    expiresAt: timeOf(key.expiresAt),
    revokedAt: timeOf(key.revokedAt),
    createdAt: timeOf(key.createdAt),
  }
}

/** A message of the outbox without its content. */
export function presentMessage(entry: OutboxEntry): z.input<typeof outboxMessage> {
  return {
    id: entry.id,
    channel: entry.channel,
    template: entry.template,
    state: entry.state,
    to: entry.to ?? null,
    userId: entry.userId ?? null,
    attempts: entry.attempts,
    lastError: entry.lastError ?? null,
    createdAt: timeOf(entry.createdAt),
    nextAt: timeOf(entry.nextAt),
    sentAt: timeOf(entry.sentAt),
  }
}
