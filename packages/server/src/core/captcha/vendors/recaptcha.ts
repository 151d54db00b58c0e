import { askVendor } from '../ask-vendor.ts'
import type { CaptchaVendor } from '../captcha-vendor.ts'

/** Google reCAPTCHA, v2 and v3; version 3 says how likely a person is. Elsewhere it is reached at `https://www.recaptcha.net`. */
export const recaptcha: CaptchaVendor<'recaptcha'> = {
  id: 'recaptcha',
  name: 'Google reCAPTCHA',
  create({ secret, url = 'https://www.google.com', outbound }) {
    return {
      judge: ({ token, ip }) =>
        askVendor(outbound, `${url}/recaptcha/api/siteverify`, { secret, response: token, remoteip: ip }),
    }
  },
}
