import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { changePhone } from '../../flows/account/change-phone.ts'
import { matchOwnChange } from '../../flows/attempt/match-own-change.ts'
import { settleChange } from '../../flows/attempt/settle-change.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { describedGuest, somebody } from './guests.ts'
import { aboutOf, placeOf } from './options.ts'
import { field, readBody, signUpOptions } from './parse.ts'
import { numberOf, refuseTextsOff, unsendable } from './phones.ts'
import { refusal, wrongCodeAs } from './refuse.ts'

const changeBody = z.strictObject({ newPhoneNumber: field.text })

/** POST /user/phone-number/change: texts the new number, which counts once its code was typed. One's own is taken. */
export function postPhoneChange(at: Nhost): Handler {
  return async (exchange) => {
    const { newPhoneNumber: phoneNumber } = await readBody(exchange, changeBody)
    refuseTextsOff(at)
    const { user, session } = somebody(exchange)
    const phone = numberOf({ phoneNumber }, 'cannot-send-sms')
    const asked = { user, session, phone, proof: {} }
    const { kind } = await changePhone(at.core, at.callerOf(exchange), asked).catch(told)
    if (kind === 'same') throw refusal('user-already-exists')
    return json(200, 'OK')
  }
}

const verifyBody = z.strictObject({ newPhoneNumber: field.text, otp: z.string().max(64) })

/** POST /user/phone-number/change/verify: the code of the text, in the session that asked for it. */
export function postPhoneChangeVerify(at: Nhost): Handler {
  return async (exchange) => {
    const { newPhoneNumber: phoneNumber, otp: code } = await readBody(exchange, verifyBody)
    refuseTextsOff(at)
    const { user, session } = somebody(exchange)
    const phone = numberOf({ phoneNumber }, 'invalid-otp')
    const caller = at.callerOf(exchange)
    const ticket = await matchOwnChange(at.core, caller, { user, session, phone, code }).catch(
      wrongCodeAs('invalid-otp'),
    )
    await settleChange(at.core, caller, ticket).catch(wrongCodeAs('invalid-otp')).catch(told)
    return json(200, 'OK')
  }
}

const guestBody = z.strictObject({ phoneNumber: field.text, options: signUpOptions.optional() })

/** POST /user/deanonymize/sms: texts a code to the number that a guest gives; where it is typed, they are somebody. */
export function postDeanonymizeSms(at: Nhost): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    const body = await readBody(exchange, guestBody)
    refuseTextsOff(at)
    if (!user.isAnonymous) throw refusal('user-not-anonymous')
    const phone = numberOf(body, 'cannot-send-sms')
    placeOf(at, body.options?.redirectTo)
    const caller = at.callerOf(exchange)
    const guest = await describedGuest(at, caller, { user, session, about: aboutOf(at, body.options) })
    await changePhone(at.core, caller, { user: guest, session, phone, proof: {} }).catch(told)
    return json(200, 'OK')
  }
}

/** What no text goes to, and, newer than the word of older clients for it, a number that is somebody's. */
function told(error: unknown): never {
  if (error instanceof Refusal && error.code === 'user_already_exists') throw refusal('user-already-exists')
  return unsendable(error)
}
