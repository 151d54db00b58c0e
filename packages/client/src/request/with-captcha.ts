import { AuthError } from '../base/auth-error.ts'
import type { Send } from './request.ts'

/** What a captcha may be asked for; what the server does ask it for stands in its settings. */
export type CaptchaPlace = 'sign_up' | 'sign_in' | 'send' | 'start'

/** Solves a captcha. @returns what the widget gave */
export type SolveCaptcha = (place: CaptchaPlace) => Promise<string>

const places: Readonly<Record<string, CaptchaPlace>> = {
  '/sign-up/password': 'sign_up',
  '/sign-up/passkey': 'sign_up',
  '/sign-up/anonymous': 'sign_up',
  '/sign-in/password': 'sign_in',
  '/sign-in/id-token': 'sign_in',
  '/sign-in/code': 'send',
  '/recovery': 'send',
  '/sign-in/passkey': 'start',
  '/sign-in/wallet': 'start',
}

/** Sends a solved captcha along where one may be asked for, unless the call brings its own. */
export function withCaptcha(send: Send, solve: SolveCaptcha | undefined): Send {
  if (solve === undefined) return send
  return async (call) => {
    const place = places[call.path]
    if (place === undefined || call.method !== 'POST' || (call.body !== undefined && 'captcha' in call.body))
      return send(call)
    const captcha = await solve(place).catch((cause: unknown) => {
      throw new AuthError('captcha_failed', { cause })
    })
    return send({ ...call, body: { ...call.body, captcha } })
  }
}
