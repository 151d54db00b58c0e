import { Secret, TOTP } from 'otpauth'

/** An authenticator app that was given a seed. */
export interface Authenticator {
  /** The code it shows at a moment. */
  codeAt(at: Date): string
}

/** @param secret base32, as a person would type it */
export function authenticator(secret: string): Authenticator {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 })
  return { codeAt: (at) => totp.generate({ timestamp: at.getTime() }) }
}
