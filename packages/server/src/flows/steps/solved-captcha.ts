import { Refusal } from '../../base/errors.ts'
import type { CaptchaPlace } from '../../core/captcha/captcha-places.ts'
import { CaptchaFault, type Challenge } from '../../core/captcha/captcha-vendor.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'

/** What the vendors say where it is not the visitor who is wrong. */
const misconfigured = new Set(['missing-input-secret', 'invalid-input-secret', 'sitekey-secret-mismatch'])

/** Whether somebody has to show first that they are no program. */
export function asksCaptcha({ captcha, settings }: Pick<Core, 'captcha' | 'settings'>, place: CaptchaPlace): boolean {
  return captcha !== undefined && settings.captcha.on.includes(place)
}

/**
 * A challenge for whoever has to show that they are no program.
 * @throws Refusal `feature_disabled` where it is not this server that makes them
 */
export function captchaChallenge({ captcha }: Pick<Core, 'captcha'>, place: CaptchaPlace | undefined): Challenge {
  if (captcha?.challenge === undefined) throw new Refusal('feature_disabled', { details: { feature: 'proof_of_work' } })
  return captcha.challenge(place)
}

/**
 * Lets through whoever has solved the captcha, and everybody where none is asked for. A solution counts once. Asks the
 * network, so it stands before everything else and outside of transactions.
 * @throws Refusal `captcha_failed` with `details.reason` `missing` or `refused` and `details.codes`; `unavailable` while nobody
 * can judge, unless the settings say otherwise
 */
export async function refuseUnsolved(
  core: Core,
  caller: Pick<Caller, 'ip'>,
  { place, token }: { readonly place: CaptchaPlace; readonly token: string | undefined },
): Promise<void> {
  const { captcha, settings, runtime } = core
  if (captcha === undefined || !asksCaptcha(core, place)) return
  if (token === undefined || token === '') throw new Refusal('captcha_failed', { details: { reason: 'missing' } })
  const { provider, whenDown } = settings.captcha
  const codes = await captcha.refusalOf({ token, ip: caller.ip }, place).catch((error: unknown) => {
    if (!(error instanceof CaptchaFault)) throw error
    runtime.log.warn({ provider, reason: error.reason, letThrough: whenDown === 'allow' }, 'no captcha can be verified')
    if (whenDown === 'allow') return undefined
    throw new Refusal('unavailable', { retryAfter: 5, cause: error })
  })
  if (codes === undefined) return
  if (codes.some((code) => misconfigured.has(code)))
    runtime.log.error({ provider, codes }, 'the captcha secret or site key is wrong: nobody gets past it')
  throw new Refusal('captcha_failed', { details: { reason: 'refused', codes } })
}
