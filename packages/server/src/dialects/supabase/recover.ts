import { reauthenticate } from '../../flows/account/reauthenticate.ts'
import { recover } from '../../flows/account/recover.ts'
import { type Resend, resend } from '../../flows/attempt/resend.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { messageId } from './otp.ts'
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
    const asked = readResend(at, body)
    const back = 'phone' in asked.address ? {} : backOf(at.core, exchange, body)
    await resend(at.core, at.callerOf(exchange), { ...asked, back })
    return json(200, messageId(at.core, asked.address))
  }
}

const resendable = new Set(['signup', 'email_change', 'sms', 'phone_change'])

function readResend({ core }: Supabase, body: Body): Pick<Resend, 'kind' | 'address'> {
  const type = body.text('type') ?? ''
  if (!resendable.has(type)) throw fault('Missing one of these types: signup, email_change, sms, phone_change')
  const email = body.email()
  const byPhone = body.has('phone')
  if (type === 'signup' && email === undefined) throw fault('Type provided requires an email address')
  if (type === 'sms' && !byPhone) throw fault('Type provided requires a phone number')
  if (email !== undefined && byPhone) throw fault('Only an email address or phone number should be provided.')
  if (email === undefined && !byPhone) throw fault('Missing email address or phone number')
  const isText = type === 'sms' || type === 'phone_change'
  if ((byPhone || isText) && !core.settings.phone.enabled) throw refusal('phone_resend')
  if (email === undefined) return { kind: textKind(type), address: { phone: body.phone() ?? '' } }
  if (isText) throw fault('Type provided requires a phone number')
  return { kind: type === 'signup' ? 'sign_up' : 'email_change', address: { email } }
}

/** A type that is about mail finds nothing that waits behind a number. */
function textKind(type: string): 'sms' | 'phone_change' {
  if (type === 'sms' || type === 'phone_change') return type
  throw fault('Type provided requires an email address')
}

/** GET /reauthenticate: mails or texts the code that PUT /user takes as `nonce`. */
export function getReauthenticate(at: Supabase): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    await reauthenticate(at.core, at.callerOf(exchange), { user, sessionId: session.id })
    return json(200, user.email === null ? messageId(at.core, { phone: user.phone ?? '' }) : {})
  }
}
