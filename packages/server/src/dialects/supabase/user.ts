import { withinScopes } from '../../core/tokens/within-scopes.ts'
import { type AccountChange, updateAccount } from '../../flows/account/update-account.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { backOf, channelOf, readBody } from './parse.ts'
import { presentUser } from './present.ts'
import { refusal } from './refuse.ts'

/** GET /user: who the bearer is; for an application, as far as its scopes go. */
export function getUser({ core }: Supabase): Handler {
  return (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    const shown = session.client === null ? user : withinScopes(user, session.client.scopes)
    return json(200, presentUser(shown, core.settings))
  }
}

/** PUT /user: metadata, password, e-mail address and phone number in one; all of it is judged before any of it is applied. */
export function putUser(at: Supabase): Handler {
  return async (exchange) => {
    const change = await readChange(at, exchange)
    const user = await updateAccount(at.core, at.callerOf(exchange), change)
    return json(200, presentUser(user, at.core.settings))
  }
}

async function readChange({ core }: Supabase, exchange: Exchange): Promise<AccountChange> {
  const { user, session } = exchange.need(signedInKey)
  const body = await readBody(exchange)
  const channel = body.has('phone') ? channelOf(core, body) : undefined
  const email = body.email()
  const phone = body.phone()
  const metadata = body.object('data')
  if (body.has('app_metadata')) throw refusal('app_metadata')
  if (phone !== undefined && phone !== user.phone && !core.settings.phone.enabled) throw refusal('phone_code')
  return {
    user,
    session,
    profile: metadata === undefined ? undefined : { metadata },
    password: body.exactText('password'),
    email,
    phone,
    channel,
    proof: { currentPassword: body.text('current_password'), nonce: body.text('nonce') },
    back: backOf(core, exchange, body),
  }
}
