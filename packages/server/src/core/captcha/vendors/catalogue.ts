import type { CaptchaVendor } from '../captcha-vendor.ts'
import { hcaptcha } from './hcaptcha.ts'
import { proofOfWork } from './proof-of-work.ts'
import { recaptcha } from './recaptcha.ts'
import { turnstile } from './turnstile.ts'

/** Everybody who can tell people from programs. */
export const captchaVendors = [hcaptcha, turnstile, recaptcha, proofOfWork] as const satisfies readonly CaptchaVendor[]

/** The vendor of a name. @throws Error for a name that is not in the list, which the configuration refuses before */
export function captchaVendor(id: string): CaptchaVendor {
  const found = captchaVendors.find((vendor) => vendor.id === id)
  if (found === undefined) throw new Error(`there is no captcha vendor ${id}`)
  return found
}
