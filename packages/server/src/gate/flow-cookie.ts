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

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Where to begin anew when a machine of one's own was called by another of its names than the public one: the cookie of
 * the one would not come along to the other. Undefined where there is no need.
 */
export function underPublicName(exchange: Exchange, publicUrl: string): string | undefined {
  const asked = exchange.header('host') ?? ''
  const { host, port, origin } = new URL(publicUrl)
  const isOther = asked !== host && loopback.test(asked) && loopback.test(host)
  if (!isOther || !asked.endsWith(`:${port}`)) return undefined
  const { pathname, search } = exchange.url
  return origin + pathname + search
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
