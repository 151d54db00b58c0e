import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { parsePhone } from '../../core/identifiers/phone.ts'
import { verifyCode } from '../../flows/attempt/verify.ts'
import { sendSignInCode } from '../../flows/sign-in/with-code.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import type { NhostError } from './errors.ts'
import { aboutOf, backOf, refuseSignUpOff } from './options.ts'
import { field, readBody, signUpOptions } from './parse.ts'
import { presentProgress } from './present.ts'
import { refusal, wrongCodeAs } from './refuse.ts'

const sendBody = z.strictObject({ phoneNumber: field.text, options: signUpOptions.optional() })

/** POST /signin and /signup with passwordless/sms: texts a code. One answer for everybody. */
export function postTextedSignIn(at: Nhost, whom: 'anybody' | 'newcomers'): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, sendBody)
    if (whom === 'newcomers') refuseSignUpOff(at)
    if (!at.core.settings.phone.enabled) throw refusal('disabled-endpoint')
    await sendSignInCode(at.core, at.callerOf(exchange), {
      address: { phone: numberOf(body, 'cannot-send-sms') },
      createUser: whom === 'newcomers' || at.options.autoSignUp,
      ...(whom === 'newcomers' ? { onlyNew: true } : {}),
      back: backOf(at, body.options),
      about: aboutOf(at, body.options),
    }).catch(asUnsendable)
    return json(200, 'OK')
  }
}

/** The number in its stored form. What is none gets no texts and has no codes. */
function numberOf({ phoneNumber }: { readonly phoneNumber: string }, otherwise: NhostError): string {
  try {
    return parsePhone(phoneNumber, 'phoneNumber')
  } catch (error) {
    throw error instanceof Refusal && error.code === 'phone_number_invalid' ? refusal(otherwise) : error
  }
}

function asUnsendable(error: unknown): never {
  throw error instanceof Refusal && error.code === 'identifier_not_allowed' ? refusal('cannot-send-sms') : error
}

const verifyBody = z.strictObject({ phoneNumber: field.text, otp: z.string().max(64) })

/** POST /signin/passwordless/sms/otp: the code, with the number it was sent to. */
export function postTextedCode(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, verifyBody)
    if (!at.core.settings.phone.enabled) throw refusal('disabled-endpoint')
    const verified = await verifyCode(at.core, at.callerOf(exchange), {
      address: { phone: numberOf(body, 'invalid-otp') },
      code: body.otp,
      purposes: ['sign_in', 'sign_up'],
    }).catch(wrongCodeAs('invalid-otp'))
    if (verified.kind === 'half') throw refusal('invalid-otp')
    return json(200, presentProgress(verified, at.options))
  }
}
