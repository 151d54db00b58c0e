import { Refusal } from '../../base/errors.ts'
import { resetPassword } from '../../flows/account/reset-password.ts'
import { settleChange } from '../../flows/attempt/settle-change.ts'
import { finish, matchCode } from '../../flows/attempt/verify.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { findPickup, redeemPickup } from '../../flows/session/pickup.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'
import { codeInQuery, judging, keyInQuery, phoneInQuery, readBody, textOf } from './parse.ts'
import { presentUser } from './present.ts'
import { refusal } from './refuse.ts'
import { opened } from './sign-up.ts'

/** GET /grant: the access token of a redirect for a session, once. */
export function getGrant(at: Altogic): Handler {
  return async (exchange) => {
    const found = await findPickup(at.core, keyInQuery(exchange))
    if (found.for === 'recovery') throw refusal('invalid_token_type')
    return opened(at, exchange, grantOf(await redeemPickup(at.core, at.callerOf(exchange), found.ticket)))
  }
}

/** POST /reset-pwd: a new password with the access token of a reset link. */
export function postResetByToken(at: Altogic): Handler {
  return async (exchange) => {
    const found = await findPickup(at.core, keyInQuery(exchange))
    if (found.for !== 'recovery') throw refusal('invalid_token_type')
    const newPassword = textOf(await readBody(exchange), 'newPassword')
    const input = { ticket: found.ticket, newPassword }
    await judging('newPassword', resetPassword(at.core, at.callerOf(exchange), input))
    return noContent()
  }
}

/** POST /reset-pwd-code: the same with the code of a text message. */
export function postResetByCode(at: Altogic): Handler {
  return async (exchange) => {
    const address = { phone: phoneInQuery(exchange) }
    const code = codeInQuery(exchange)
    const newPassword = textOf(await readBody(exchange), 'newPassword')
    const caller = at.callerOf(exchange)
    const ticket = await matchCode(at.core, caller, { address, code, purposes: ['recovery'] })
    await judging('newPassword', resetPassword(at.core, caller, { ticket, newPassword }))
    return noContent()
  }
}

/** POST /signin-code: signs in with the code of a text message. */
export function postSignInCode(at: Altogic): Handler {
  return async (exchange) => {
    if (!at.options.smsCodes) throw refusal('sms_auth_codes_disabled')
    const input = { address: { phone: phoneInQuery(exchange) }, code: codeInQuery(exchange) }
    const caller = at.callerOf(exchange)
    const ticket = await matchCode(at.core, caller, { ...input, purposes: ['sign_in'] })
    const verified = await finish(at.core, caller, { ticket, via: 'code', more: {} })
    if (verified.kind === 'half') throw new Refusal('otp_expired')
    return opened(at, exchange, grantOf(verified))
  }
}

/** POST /verify-phone: after a sign-up a session; after a change of number the user alone. */
export function postVerifyPhone(at: Altogic): Handler {
  return async (exchange) => {
    const input = { address: { phone: phoneInQuery(exchange) }, code: codeInQuery(exchange) }
    const caller = at.callerOf(exchange)
    const ticket = await matchCode(at.core, caller, { ...input, purposes: ['sign_up', 'phone_change'] })
    if (ticket.purpose === 'phone_change') {
      const settled = await settleChange(at.core, caller, ticket)
      if (settled.kind === 'half') throw new Refusal('otp_expired')
      return json(200, { user: presentUser(settled.user), session: null })
    }
    const verified = await finish(at.core, caller, { ticket, via: 'code', more: {} })
    if (verified.kind === 'half') throw new Refusal('otp_expired')
    return opened(at, exchange, grantOf(verified))
  }
}
