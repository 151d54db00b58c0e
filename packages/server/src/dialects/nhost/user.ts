import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { changeEmail } from '../../flows/account/change-email.ts'
import { changePassword } from '../../flows/account/change-password.ts'
import { recover } from '../../flows/account/recover.ts'
import { resetPassword } from '../../flows/account/reset-password.ts'
import { resend } from '../../flows/attempt/resend.ts'
import { findOpenLink } from '../../flows/attempt/verify.ts'
import { authenticate, bearerToken, type SignedIn, signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { isElevatedEnough } from './elevation.ts'
import { describedGuest, refuseGuest, somebody } from './guests.ts'
import { purposesOf, readTicket } from './manners.ts'
import { aboutOf, backOf } from './options.ts'
import { emailOf, field, readBody, redirectOptions, signUpOptions } from './parse.ts'
import { presentUser } from './present.ts'
import { refusal } from './refuse.ts'

/** GET /user: who the bearer is; guests are nobody yet. */
export function getUser(at: Nhost): Handler {
  return (exchange) => json(200, presentUser(exchange.need(signedInKey).user, at.options))
}

const resetBody = z.strictObject({
  email: field.email,
  options: redirectOptions.optional(),
  codeChallenge: field.challenge.optional(),
})

/** POST /user/password/reset: mails a ticket for a new password; the same answer for everybody. */
export function postPasswordReset(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, resetBody)
    const back = backOf(at, body.options, body.codeChallenge)
    await recover(at.core, at.callerOf(exchange), { address: { email: emailOf(body) }, back })
    return json(200, 'OK')
  }
}

const passwordBody = z.strictObject({
  newPassword: field.password,
  ticket: z
    .string()
    .max(512)
    .regex(/^passwordReset:/, 'must be a ticket of a password reset')
    .optional(),
})

/** POST /user/password: a new password for the bearer, or for whoever holds the ticket of a reset. */
export function postPassword(at: Nhost): Handler {
  return async (exchange) => {
    const { newPassword, ticket } = await readBody(exchange, passwordBody)
    const bearer = await bearerOf(at, exchange)
    if (bearer !== undefined && isElevatedEnough(at, bearer)) {
      const { user, session } = bearer
      refuseGuest(user)
      await changePassword(at.core, at.callerOf(exchange), { user, session, password: newPassword, proof: {} })
      return json(200, 'OK')
    }
    const mailed = ticket === undefined ? undefined : readTicket(ticket)
    if (mailed === undefined) throw refusal('invalid-request')
    const found = await findOpenLink(at.core, { token: mailed.token, purposes: purposesOf.passwordReset })
    await resetPassword(at.core, at.callerOf(exchange), { ticket: found, newPassword }).catch(askFactor)
    return json(200, 'OK')
  }
}

function askFactor(error: unknown): never {
  throw error instanceof Refusal && error.code === 'insufficient_aal' ? refusal('mfa-required') : error
}

const told: ReadonlySet<string> = new Set(['user_banned', 'user_not_found', 'insufficient_aal'])

/** Whoever is signed in; a token that is worth nothing counts as none, as upstream has it. */
async function bearerOf(at: Nhost, exchange: Exchange): Promise<SignedIn | undefined> {
  const token = bearerToken(exchange)
  if (token === undefined) return undefined
  return authenticate(at.core, token).catch((error: unknown) => {
    if (error instanceof Refusal && !told.has(error.code)) return undefined
    throw error
  })
}

const emailBody = z.strictObject({
  newEmail: field.email,
  options: redirectOptions.optional(),
  codeChallenge: field.challenge.optional(),
})

/** POST /user/email/change: mails the new address, and the old one where both must agree. One's own is taken. */
export function postEmailChange(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, emailBody)
    const email = emailOf({ email: body.newEmail })
    const back = backOf(at, body.options, body.codeChallenge)
    const { user, session } = somebody(exchange)
    const { kind } = await changeEmail(at.core, at.callerOf(exchange), { user, session, email, back, proof: {} })
    if (kind === 'same') throw new Refusal('user_already_exists')
    return json(200, 'OK')
  }
}

/** POST /user/email/send-verification-email: the mail of a sign-up once more; says nothing about who waits for one. */
export function postVerificationEmail(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, resetBody)
    const back = backOf(at, body.options, body.codeChallenge)
    await resend(at.core, at.callerOf(exchange), { kind: 'sign_up', address: { email: emailOf(body) }, back })
    return json(200, 'OK')
  }
}

const deanonymizeBody = z.strictObject({
  signInMethod: z.enum(['email-password', 'passwordless']),
  email: field.email,
  password: field.password.optional(),
  connection: z.string().max(255).optional(),
  options: signUpOptions.optional(),
  codeChallenge: field.challenge.optional(),
})

/** POST /user/deanonymize: gives a guest an address, and a password where that is asked for. */
export function postDeanonymize(at: Nhost): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    const body = await readBody(exchange, deanonymizeBody)
    if (!user.isAnonymous) throw refusal('user-not-anonymous')
    const withPassword = body.signInMethod === 'email-password'
    if (withPassword && body.password === undefined) throw refusal('invalid-request')
    const email = emailOf(body)
    const back = backOf(at, body.options, body.codeChallenge)
    const caller = at.callerOf(exchange)
    const guest = await describedGuest(at, caller, { user, session, about: aboutOf(at, body.options) })
    await changeEmail(at.core, caller, {
      user: guest,
      session,
      email,
      back,
      proof: {},
      ...(withPassword ? { password: body.password, passwordByAnyProof: true } : {}),
    })
    return json(200, 'OK')
  }
}
