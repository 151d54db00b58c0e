import { day, later } from '../../../base/duration.ts'
import { createApiKey, revokeApiKey, revokeSigningKey, rotateSigningKey } from '../../../flows/admin/manage-keys.ts'
import { readStats } from '../../../flows/admin/stats.ts'
import { dropMessage, retryMessage } from '../../../flows/admin/tend-outbox.ts'
import { adminKey } from '../../../gate/admin.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { given, idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import { presentApiKey, presentEvent, presentMessage, presentSigningKey } from '../present-admin.ts'
import type { apiKeyBody } from '../schemas/admin.ts'
import { actorOf, callerIdOf } from './actor.ts'
import type { adminPageQuery, auditQuery, outboxQuery, redirectBody, rotateBody, statsQuery } from './bodies.ts'

/** GET /admin/audit */
export function listAudit({ core, exchange, query }: Call<undefined, typeof auditQuery>) {
  const { limit, cursor, ...rest } = query
  const filter = given(rest)
  return pageOf(
    core,
    { caller: callerIdOf(exchange), list: 'audit', filter },
    { limit, cursor },
    {
      read: ({ limit: most, after }: { limit: number; after?: TimePosition }) =>
        core.audit.list(filter, { limit: most, ...fromTimePosition(after) }),
      positionOf: ({ at, id }) => ({ at: timeOf(at), id }),
      present: (event) => presentEvent(event, 'admin'),
    },
  )
}

/** GET /admin/signing-keys */
export async function listSigningKeys({ core }: Call) {
  return { items: (await core.signingKeys.list()).map(presentSigningKey), nextCursor: null }
}

/** POST /admin/signing-keys */
export async function rotate({ core, caller, exchange, body }: Call<typeof rotateBody>) {
  return presentSigningKey(await rotateSigningKey(core, caller, actorOf(exchange), body.alg))
}

/** DELETE /admin/signing-keys/:kid */
export function endSigningKey({ core, caller, exchange }: Call) {
  return revokeSigningKey(core, caller, actorOf(exchange), exchange.param('kid'))
}

/** GET /admin/api-keys */
export function listApiKeys({ core, exchange, query }: Call<undefined, typeof adminPageQuery>) {
  return pageOf(core, { caller: callerIdOf(exchange), list: 'api-keys', filter: {} }, query, {
    read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
      core.apiKeys.list({ limit, ...fromTimePosition(after) }),
    positionOf: ({ createdAt, id }) => ({ at: timeOf(createdAt), id }),
    present: presentApiKey,
  })
}

/** POST /admin/api-keys */
export async function makeApiKey({ core, caller, exchange, body }: Call<typeof apiKeyBody>) {
  const { kind, name, origins = [], needsSession = false, expiresAt = null } = body
  const scopes = kind === 'secret' ? (body.scopes ?? ['admin' as const]) : []
  const wanted = { kind, name, scopes, origins, needsSession, expiresAt }
  const made = await createApiKey(core, caller, exchange.need(adminKey), wanted)
  return { ...presentApiKey(made), key: made.key }
}

/** DELETE /admin/api-keys/:id */
export function endApiKey({ core, caller, exchange }: Call) {
  return revokeApiKey(core, caller, actorOf(exchange), idOf(exchange, 'id'))
}

/** GET /admin/outbox */
export function listOutbox({ core, exchange, query }: Call<undefined, typeof outboxQuery>) {
  const { limit, cursor, ...rest } = query
  const filter = given(rest)
  return pageOf(
    core,
    { caller: callerIdOf(exchange), list: 'outbox', filter },
    { limit, cursor },
    {
      read: ({ limit: most, after }: { limit: number; after?: { before: string } }) =>
        core.outboxAdmin.list({ ...filter, limit: most, ...after }),
      positionOf: ({ id }) => ({ before: id }),
      present: presentMessage,
    },
  )
}

/** POST /admin/outbox/:id/retry */
export function retry({ core, caller, exchange }: Call) {
  return retryMessage(core, caller, actorOf(exchange), idOf(exchange, 'id'))
}

/** DELETE /admin/outbox/:id */
export function drop({ core, caller, exchange }: Call) {
  return dropMessage(core, caller, actorOf(exchange), idOf(exchange, 'id'))
}

/** POST /admin/redirects/test */
export function testRedirect({ core, body }: Call<typeof redirectBody>) {
  const { allowed, rule, reason } = core.redirects.allows(body.url)
  return { allowed, rule, reason }
}

/** GET /admin/stats */
export async function showStats({ core, query }: Call<undefined, typeof statsQuery>) {
  const to = query.to ?? core.runtime.now()
  const from = query.from ?? later(to, -day)
  const { users, newUsers, signIns, outbox } = await readStats(core, { from, to })
  const { waiting, oldestAt } = outbox
  return {
    from: timeOf(from),
    to: timeOf(to),
    users: Math.round(users),
    newUsers,
    signIns: { ok: signIns.ok, refused: signIns.refused },
    outbox: { waiting, oldestAt: timeOf(oldestAt) },
  }
}
