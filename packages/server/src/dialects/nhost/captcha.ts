import type { CaptchaPlace } from '../../core/captcha/captcha-places.ts'
import { asksCaptcha, refuseUnsolved } from '../../flows/steps/solved-captcha.ts'
import type { Gate } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'

/** Where clients put it, whoever the vendor is. */
export const captchaHeader = 'x-cf-turnstile-response'

/** Lets through whoever has solved the captcha. */
export function solves(at: Nhost, place: CaptchaPlace): readonly Gate[] {
  const { core } = at
  if (!asksCaptcha(core, place)) return []
  return [(exchange) => refuseUnsolved(core, at.callerOf(exchange), { place, token: exchange.header(captchaHeader) })]
}
