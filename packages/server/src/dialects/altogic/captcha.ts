import type { CaptchaPlace } from '../../core/captcha/captcha-places.ts'
import { asksCaptcha, refuseUnsolved } from '../../flows/steps/solved-captcha.ts'
import type { Gate } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'

/** Lets through whoever has solved the captcha. Clients of this dialect have no field for it, so it comes in a header. */
export function solves(at: Altogic, place: CaptchaPlace): readonly Gate[] {
  const { core, options } = at
  if (!options.captcha || !asksCaptcha(core, place)) return []
  return [
    (exchange) => refuseUnsolved(core, at.callerOf(exchange), { place, token: exchange.header('watchword-captcha') }),
  ]
}
