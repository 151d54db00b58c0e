import { Refusal } from '../../../base/errors.ts'
import { endSession } from '../../../flows/session/sign-out.ts'
import { callingUser, signedInKey } from '../../../gate/bearer.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { given, idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentSession, timeOf } from '../present.ts'
import { presentEvent } from '../present-admin.ts'
import type { activityQuery, pageQuery } from './bodies.ts'

/** GET /me/sessions */
export function listMySessions({ core, exchange, query }: Call<undefined, typeof pageQuery>) {
  const { user, session } = callingUser(exchange)
  return pageOf(core, { caller: user.id, list: 'sessions', filter: {} }, query, {
    read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
      core.sessions.list(user.id, { limit, ...fromTimePosition(after) }),
    positionOf: ({ lastUsedAt, id }) => ({ at: timeOf(lastUsedAt), id }),
    present: (each) => presentSession(core, each, session?.id),
  })
}

/** GET /me/sessions/current */
export function readMySession({ core, exchange }: Call) {
  const { session } = exchange.need(signedInKey)
  return presentSession(core, session, session.id)
}

/** DELETE /me/sessions/:id */
export async function endMySession({ core, caller, exchange }: Call) {
  const { user } = exchange.need(signedInKey)
  const ended = await endSession(core, caller, { userId: user.id, sessionId: idOf(exchange, 'id') })
  if (!ended) throw new Refusal('not_found')
}

/** GET /me/activity */
export function listMyActivity({ core, exchange, query }: Call<undefined, typeof activityQuery>) {
  const { user } = exchange.need(signedInKey)
  const filter = given({ action: query.action })
  return pageOf(core, { caller: user.id, list: 'activity', filter }, query, {
    read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
      core.audit.list({ ...filter, userId: user.id }, { limit, ...fromTimePosition(after) }),
    positionOf: ({ at, id }) => ({ at: timeOf(at), id }),
    present: (event) => presentEvent(event, 'own'),
  })
}
