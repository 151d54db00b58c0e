import { z } from 'zod'
import { beginCodeElevation, type CodeWay, elevateByCode } from '../../flows/account/elevate-by-code.ts'
import { elevateByApp } from '../../flows/factor/elevate-by-app.ts'
import { hasApp } from '../../flows/factor/switch-app.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { backOf } from './options.ts'
import { readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { refusal, told, wrongCodeAs } from './refuse.ts'

const codeBody = z.strictObject({ otp: z.string().max(64) })

/** POST /elevate/totp: a code of the authenticator app. */
export function postElevateTotp(at: Nhost): Handler {
  return async (exchange) => {
    const { otp } = await readBody(exchange, codeBody)
    if (!at.core.settings.factors.totp && !hasApp(exchange.need(signedInKey).user)) throw refusal('disabled-endpoint')
    const grant = await elevateByApp(at.core, at.callerOf(exchange), { ...somebody(exchange), code: otp }).catch(
      told({
        not_found: 'disabled-mfa-totp',
        mfa_verification_failed: 'invalid-totp',
        attempt_expired: 'invalid-totp',
      }),
    )
    return json(200, { session: presentSession(grant, at.options) })
  }
}

/** A way that is none for this person is gone for them, as upstream has it; an address alone can still be proved. */
const none = told({
  provider_disabled: 'disabled-endpoint',
  insufficient_aal: 'disabled-endpoint',
  phone_not_confirmed: 'disabled-endpoint',
  identifier_not_allowed: 'cannot-send-sms',
})

/** POST /elevate/otp/email and /elevate/otp/sms: sends a code that is good for this session alone. */
export function postElevateCode(at: Nhost, by: CodeWay): Handler {
  return async (exchange) => {
    refuseOff(at, by)
    const asked = { ...somebody(exchange), by, back: backOf(at, undefined) }
    await beginCodeElevation(at.core, at.callerOf(exchange), asked).catch(none)
    return json(200, 'OK')
  }
}

/** POST /elevate/otp/email/verify and /elevate/otp/sms/verify: a session whose access token carries the claim. */
export function postElevateCodeVerify(at: Nhost, by: CodeWay): Handler {
  return async (exchange) => {
    const { otp: code } = await readBody(exchange, codeBody)
    refuseOff(at, by)
    const grant = await elevateByCode(at.core, at.callerOf(exchange), { ...somebody(exchange), by, code })
      .catch(wrongCodeAs('invalid-otp'))
      .catch(told({ attempt_expired: 'invalid-otp' }))
      .catch(none)
    return json(200, { session: presentSession(grant, at.options) })
  }
}

function refuseOff({ core }: Nhost, by: CodeWay): void {
  if (by === 'phone' && !core.settings.phone.enabled) throw refusal('disabled-endpoint')
}
