import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { parsePhone } from '../../core/identifiers/phone.ts'
import { matchOwnChange } from '../../flows/attempt/match-own-change.ts'
import { finish, type Verified, verifyCode } from '../../flows/attempt/verify.ts'
import { sendSignInCode } from '../../flows/sign-in/with-code.ts'
import { authenticate, bearerToken } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import type { NhostError } from './errors.ts'
import { aboutOf, backOf, refuseSignUpOff, refuseWhereHeld } from './options.ts'
import { field, readBody, signUpOptions } from './parse.ts'
import { presentProgress } from './present.ts'
import { refusal, wrongCodeAs } from './refuse.ts'

const sendBody = z.strictObject({ phoneNumber: field.text, options: signUpOptions.optional() })

/** POST /signin and /signup with passwordless/sms: texts a code. One answer for everybody. */
export function postTextedSignIn(at: Nhost, whom: 'anybody' | 'newcomers'): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, sendBody)
    refuseTextsOff(at)
    if (whom === 'newcomers') refuseSignUpOff(at)
    await sendSignInCode(at.core, at.callerOf(exchange), {
      address: { phone: numberOf(body, 'cannot-send-sms') },
      createUser: whom === 'newcomers' || at.options.autoSignUp,
      ...(whom === 'newcomers' ? { onlyNew: true } : {}),
      back: backOf(at, body.options),
      about: aboutOf(at, body.options),
    }).catch(unsendable)
    if (whom === 'newcomers') refuseWhereHeld(at)
    return json(200, 'OK')
  }
}

/** @throws Refusal `disabled-endpoint` where telephones are no way in */
export function refuseTextsOff({ core }: Pick<Nhost, 'core'>): void {
  if (!core.settings.phone.enabled) throw refusal('disabled-endpoint')
}

/** The number in its stored form. What is none gets no texts and has no codes. */
export function numberOf({ phoneNumber }: { readonly phoneNumber: string }, otherwise: NhostError): string {
  try {
    return parsePhone(phoneNumber, 'phoneNumber')
  } catch (error) {
    throw error instanceof Refusal && error.code === 'phone_number_invalid' ? refusal(otherwise) : error
  }
}

/** What no text goes to. */
export function unsendable(error: unknown): never {
  throw error instanceof Refusal && error.code === 'identifier_not_allowed' ? refusal('cannot-send-sms') : error
}

const verifyBody = z.strictObject({ phoneNumber: field.text, otp: z.string().max(64) })

/** POST /signin/passwordless/sms/otp: the code, with the number it was sent to. */
export function postTextedCode(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, verifyBody)
    refuseTextsOff(at)
    const typed = { phone: numberOf(body, 'invalid-otp'), code: body.otp }
    const own = await verifyAsGuest(at, exchange, typed)
    const verified = own === undefined || own instanceof Refusal ? await verifySignIn(at, exchange, typed, own) : own
    if (verified.kind === 'half') throw refusal('invalid-otp')
    return json(200, presentProgress(verified, at.options))
  }
}

interface Typed {
  readonly phone: string
  readonly code: string
}

/** Where it is neither, what a guest's own code came to is told. */
function verifySignIn(
  at: Nhost,
  exchange: Exchange,
  { phone, code }: Typed,
  own: Refusal | undefined,
): Promise<Verified> {
  const input = { address: { phone }, code, purposes: ['sign_in', 'sign_up'] } as const
  return verifyCode(at.core, at.callerOf(exchange), input).catch((error: unknown) =>
    wrongCodeAs('invalid-otp')(isWrong(error) ? (own ?? error) : error),
  )
}

/**
 * The code of the number that a guest gave, typed in the guest's own session: what a stranger prepared on a guest's account
 * is not for whoever owns the number (S32). A refusal where it is another code, undefined where there is no such guest.
 */
async function verifyAsGuest(at: Nhost, exchange: Exchange, typed: Typed): Promise<Verified | Refusal | undefined> {
  const token = bearerToken(exchange)
  const guest = token === undefined ? undefined : await authenticate(at.core, token).catch(nobody)
  if (guest?.user.isAnonymous !== true || guest.user.pendingPhone !== typed.phone) return undefined
  const { user, session } = guest
  const caller = at.callerOf(exchange)
  const ticket = await matchOwnChange(at.core, caller, { user, session, ...typed }).catch(asWrong)
  if (ticket instanceof Refusal) return ticket
  return finish(at.core, caller, { ticket, via: 'code', more: {} }).catch(wrongCodeAs('invalid-otp'))
}

function nobody(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
}

const isWrong = (error: unknown): error is Refusal => error instanceof Refusal && error.code === 'otp_expired'

function asWrong(error: unknown): Refusal {
  if (isWrong(error)) return error
  throw error
}
