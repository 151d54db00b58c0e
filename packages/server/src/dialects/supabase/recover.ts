import { reauthenticate } from '../../flows/account/reauthenticate.ts'
import { recover } from '../../flows/account/recover.ts'
import { type Resend, resend } from '../../flows/attempt/resend.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, backOf, readBody } from './parse.ts'
import { fault, refusal } from './refuse.ts'

/** POST /recover: mails a link and a code for a new password; the same answer for everybody. */
export function postRecover(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const email = body.email()
    if (email === undefined) throw fault('Password recovery requires an email')
    await recover(at.core, at.callerOf(exchange), { address: { email }, back: backOf(at.core, exchange, body) })
    return json(200, {})
  }
}

/** POST /resend: the message of a sign-up or of an address change once more. */
export function postResend(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const input = { ...readResend(body), back: backOf(at.core, exchange, body) }
    await resend(at.core, at.callerOf(exchange), input)
    return json(200, {})
  }
}

const resendable = new Set(['signup', 'email_change', 'sms', 'phone_change'])

function readResend(body: Body): Pick<Resend, 'kind' | 'address'> {
  const type = body.text('type') ?? ''
  if (!resendable.has(type)) throw fault('Missing one of these types: signup, email_change, sms, phone_change')
  const email = body.email()
  const byPhone = body.has('phone')
  if (type === 'signup' && email === undefined) throw fault('Type provided requires an email address')
  if (type === 'sms' && !byPhone) throw fault('Type provided requires a phone number')
  if (email !== undefined && byPhone) throw fault('Only an email address or phone number should be provided.')
  if (byPhone) throw refusal('phone_resend')
  if (email === undefined) throw fault('Missing email address or phone number')
  if (type === 'phone_change') throw refusal('phone_resend')
  return { kind: type === 'signup' ? 'sign_up' : 'email_change', address: { email } }
}

/** GET /reauthenticate: mails the code that PUT /user takes as `nonce`. */
export function getReauthenticate(at: Supabase): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    await reauthenticate(at.core, at.callerOf(exchange), { user, sessionId: session.id })
    return json(200, {})
  }
}
