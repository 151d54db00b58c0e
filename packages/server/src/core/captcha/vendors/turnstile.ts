import { askVendor } from '../ask-vendor.ts'
import type { CaptchaVendor } from '../captcha-vendor.ts'

/** Cloudflare Turnstile. */
export const turnstile: CaptchaVendor<'turnstile'> = {
  id: 'turnstile',
  name: 'Cloudflare Turnstile',
  create({ secret, url = 'https://challenges.cloudflare.com', outbound }) {
    return {
      judge: ({ token, ip }) =>
        askVendor(outbound, `${url}/turnstile/v0/siteverify`, { secret, response: token, remoteip: ip }),
    }
  },
}
