import { z } from 'zod'
import { verifyCode } from '../../flows/attempt/verify.ts'
import { sendSignInCode } from '../../flows/sign-in/with-code.ts'
import { signInWithPassword } from '../../flows/sign-in/with-password.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { aboutOf, backOf, refuseSignUpOff, refuseWhereHeld } from './options.ts'
import { emailOf, field, readBody, signUpOptions } from './parse.ts'
import { presentProgress } from './present.ts'
import { refusal, wrongCodeAs } from './refuse.ts'

const passwordBody = z.strictObject({ email: field.email, password: field.password })

/** POST /signin/email-password. What state an account is in is told only to whoever knows its password. */
export function postSignInPassword(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, passwordBody)
    const input = { address: { email: emailOf(body) }, password: body.password }
    const outcome = await signInWithPassword(at.core, at.callerOf(exchange), input)
    if (outcome.kind === 'unconfirmed') throw refusal('unverified-user')
    return json(200, presentProgress(outcome, at.options))
  }
}

const codeBody = z.strictObject({
  email: field.email,
  options: signUpOptions.optional(),
  codeChallenge: field.challenge.optional(),
})

/** Whom a mailed code or link is for: whoever has the address, whoever may get an account by it, or newcomers alone. */
type Whom = 'anybody' | 'newcomers'

/** POST /signin and /signup with passwordless/email or otp/email: mails a link and a code. One answer for everybody. */
export function postMailedSignIn(at: Nhost, whom: Whom, form: 'link' | 'code'): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, codeBody)
    const email = emailOf(body)
    if (whom === 'newcomers') refuseSignUpOff(at)
    await sendTo(at, exchange, { ...body, email }, { whom, form })
    if (whom === 'newcomers') refuseWhereHeld(at)
    return json(200, 'OK')
  }
}

async function sendTo(
  at: Nhost,
  exchange: Exchange,
  body: z.output<typeof codeBody>,
  { whom, form }: { readonly whom: Whom; readonly form: 'link' | 'code' },
): Promise<void> {
  await sendSignInCode(at.core, at.callerOf(exchange), {
    address: { email: body.email },
    createUser: whom === 'newcomers' || at.options.autoSignUp,
    ...(whom === 'newcomers' ? { onlyNew: true } : {}),
    codeAlone: form === 'code',
    back: backOf(at, body.options, body.codeChallenge),
    about: aboutOf(at, body.options),
  })
}

const verifyBody = z.strictObject({ email: field.email, otp: z.string().max(64) })

/** POST /signin/otp/email/verify: a typed code with its address. Codes for anything but signing in do not count. */
export function postVerifyCode(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, verifyBody)
    const verified = await verifyCode(at.core, at.callerOf(exchange), {
      address: { email: emailOf(body) },
      code: body.otp,
      purposes: ['sign_in', 'sign_up'],
    }).catch(wrongCodeAs('invalid-ticket'))
    if (verified.kind === 'half') throw refusal('invalid-ticket')
    return json(200, presentProgress(verified, at.options))
  }
}
