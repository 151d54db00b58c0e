import { askVendor } from '../ask-vendor.ts'
import type { CaptchaVendor } from '../captcha-vendor.ts'

/** hCaptcha. Its `score`, where an account has one, says how likely a *program* is, so it is not compared. */
export const hcaptcha: CaptchaVendor<'hcaptcha'> = {
  id: 'hcaptcha',
  name: 'hCaptcha',
  create({ siteKey, secret, url = 'https://api.hcaptcha.com', outbound }) {
    return {
      async judge({ token, ip }) {
        const sitekey = siteKey === '' ? null : siteKey
        const form = { secret, response: token, remoteip: ip, sitekey }
        const verdict = await askVendor(outbound, `${url}/siteverify`, form)
        if (verdict.kind === 'unsolved') return verdict
        const { score: _, ...rest } = verdict
        return rest
      },
    }
  },
}
