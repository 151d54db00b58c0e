import { reauthenticate } from '../../flows/account/reauthenticate.ts'
import { recover } from '../../flows/account/recover.ts'
import { type Resend, resend } from '../../flows/attempt/resend.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
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
    const { kind, address, back } = readResend(at, exchange, body)
    await resend(at.core, at.callerOf(exchange), { kind, address, back })
    return json(200, messageId(at.core, address))
  }
}

/** A change is found by either address of its account; a sign-up by the one that it waits for. */
const resendable: Readonly<Record<string, Resend['kind']>> = {
  signup: 'sign_up',
  email_change: 'email_change',
  sms: 'sms',
  phone_change: 'phone_change',
}

function readResend({ core }: Supabase, exchange: Exchange, body: Body): Pick<Resend, 'kind' | 'address' | 'back'> {
  const type = body.text('type') ?? ''
  const [byEmail, byPhone] = [body.text('email') !== undefined, body.text('phone') !== undefined]
  const kind = Object.hasOwn(resendable, type) ? resendable[type] : undefined
  if (kind === undefined) throw fault('Missing one of these types: signup, email_change, sms, phone_change')
  const isText = type === 'sms' || type === 'phone_change'
  const back = isText ? {} : backOf(core, exchange, body)
  if (type === 'signup' && !byEmail) throw fault('Type provided requires an email address')
  if (type === 'sms' && !byPhone) throw fault('Type provided requires a phone number')
  if (byEmail && byPhone) throw fault('Only an email address or phone number should be provided.')
  if (!byEmail && !byPhone) throw fault('Missing email address or phone number')
  const email = body.email()
  if ((byPhone || isText) && !core.settings.phone.enabled) throw refusal('phone_resend')
  return { kind, address: email === undefined ? { phone: body.phone() ?? '' } : { email }, back }
}

/** GET /reauthenticate: mails or texts the code that PUT /user takes as `nonce`. */
export function getReauthenticate(at: Supabase): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    await reauthenticate(at.core, at.callerOf(exchange), { user, sessionId: session.id })
    return json(200, user.email === null ? messageId(at.core, { phone: user.phone ?? '' }) : {})
  }
}
