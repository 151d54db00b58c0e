import { invalid, Refusal } from '../../base/errors.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { removeOwnAccount } from '../../flows/account/remove.ts'
import { updateProfile } from '../../flows/account/update-profile.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import { changeOf } from './about.ts'
import type { Altogic } from './dialect.ts'
import { readBody, textOf } from './parse.ts'
import { presentUser } from './present.ts'
import { clearSessionCookie, type Holder, holderKey } from './session-token.ts'

/** What apps call the model of their users. */
const model = 'users'

interface OwnRecord extends Holder {
  readonly body: JsonObject
}

/** The record a call is about: the caller's own. Another's looks as if it were not there (S101). */
async function ownRecord(exchange: Exchange): Promise<OwnRecord> {
  const holder = exchange.need(holderKey)
  const body = await readBody(exchange)
  if (textOf(body, 'model') !== model || textOf(body, 'id') !== holder.user.id) throw new Refusal('not_found')
  return { ...holder, body }
}

/** POST /object/get: what is known of the caller. */
export const postObjectGet: Handler = async (exchange) => json(200, presentUser((await ownRecord(exchange)).user))

/** POST /object/update: what people say about themselves. Fields that the server owns are left as they are. */
export function postObjectUpdate(at: Altogic): Handler {
  return async (exchange) => {
    const { user, session, body } = await ownRecord(exchange)
    const { values } = body
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw invalid('values', 'must be an object')
    const change = changeOf(values as JsonObject)
    const input = { userId: user.id, sessionId: session.id, change }
    return json(200, presentUser(await updateProfile(at.core, at.callerOf(exchange), input)))
  }
}

/** POST /object/delete: the account itself goes. Needs a proof that is fresh (S57). */
export function postObjectDelete(at: Altogic): Handler {
  return async (exchange) => {
    const { user, session } = await ownRecord(exchange)
    await removeOwnAccount(at.core, at.callerOf(exchange), { user, session, proof: {} })
    clearSessionCookie(exchange)
    return noContent()
  }
}
