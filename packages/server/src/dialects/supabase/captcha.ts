import type { CaptchaPlace } from '../../core/captcha/captcha-places.ts'
import { asksCaptcha, refuseUnsolved } from '../../flows/steps/solved-captcha.ts'
import { adminOf } from '../../gate/admin.ts'
import { bearerToken } from '../../gate/bearer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { readBody } from './parse.ts'

/**
 * Lets through whoever has solved the captcha, and whoever carries a secret key.
 * @param applies whether this request is one of those; default all
 */
export function solves(
  at: Supabase,
  place: CaptchaPlace,
  applies: (exchange: Exchange) => boolean = () => true,
): readonly Gate[] {
  const { core } = at
  if (!asksCaptcha(core, place)) return []
  return [
    async (exchange) => {
      if (!applies(exchange) || (await isAdmin(at, exchange))) return
      const body = await readBody(exchange, { empty: 'accept' })
      const token = body.nested('gotrue_meta_security')?.text('captcha_token')
      await refuseUnsolved(core, at.callerOf(exchange), { place, token })
    },
  ]
}

async function isAdmin({ core }: Supabase, exchange: Exchange): Promise<boolean> {
  const secret = bearerToken(exchange)
  return secret !== undefined && (await adminOf(core, secret)) !== undefined
}
