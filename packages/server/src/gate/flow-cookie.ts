import type { AnswerHeaders } from '../http/answer.ts'
import { hostCookie } from '../http/cookies.ts'
import type { Exchange } from '../http/exchange.ts'

const name = 'watchword-flow'

/** What ties a sign-in that goes over another site to this browser (S66). */
export function flowOf(exchange: Exchange): string | undefined {
  return exchange.cookies().own(name)
}

/** Sets it. Several sign-ins of one browser at once share it; by itself it is worth nothing. */
export function flowCookie(flow: { readonly browser: string; readonly seconds: number }): AnswerHeaders {
  return { 'set-cookie': hostCookie(name, flow.browser, { maxAge: flow.seconds }) }
}

/**
 * The parameters that came once, each of bounded length; what came twice counts as absent (S66, S75).
 */
export function singles(fields: {
  all(name: string): readonly string[]
  names(): readonly string[]
}): Record<string, string> {
  return Object.fromEntries(
    fields
      .names()
      .slice(0, 50)
      .flatMap((each) => {
        const [value, ...more] = fields.all(each)
        return value === undefined || more.length > 0 || value.length > 8_192 ? [] : [[each, value]]
      }),
  )
}
