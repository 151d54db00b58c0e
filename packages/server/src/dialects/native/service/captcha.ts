import { captchaChallenge } from '../../../flows/steps/solved-captcha.ts'
import type { Call } from '../operation.ts'
import type { challengeQuery } from './bodies.ts'

/** GET /captcha */
export function makeChallenge({ core, query }: Call<undefined, typeof challengeQuery>) {
  const { parameters, signature } = captchaChallenge(core, query.for)
  const { data, ...rest } = parameters
  return { parameters: { ...rest, ...(data === undefined ? {} : { data }) }, signature }
}
