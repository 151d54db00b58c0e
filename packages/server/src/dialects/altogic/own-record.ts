import { cutText } from '../../base/cut-text.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { removeOwnAccount } from '../../flows/account/remove.ts'
import { type ProfileChange, updateProfile } from '../../flows/account/update-profile.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'
import { readBody, textOf } from './parse.ts'
import { ownedFields, presentUser } from './present.ts'
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
    const change = changeOf(values as JsonObject, user)
    const input = { userId: user.id, sessionId: session.id, change }
    return json(200, presentUser(await updateProfile(at.core, at.callerOf(exchange), input)))
  }
}

function changeOf(values: JsonObject, user: User): ProfileChange {
  const { name, profilePicture } = values
  const metadata = Object.fromEntries(Object.entries(values).filter(([field]) => !ownedFields.has(field)))
  return {
    ...(typeof name === 'string' && name !== user.displayName ? { displayName: cutText(name, 255) } : {}),
    ...(typeof profilePicture === 'string' && /^https:\/\//.test(profilePicture)
      ? { avatarUrl: cutText(profilePicture, 2_048) }
      : {}),
    metadata,
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
