import { secondsUntil } from '../../base/duration.ts'
import { invalid } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Grant } from '../../flows/session/open.ts'
import { clearedHostCookie, hostCookie } from '../../http/cookies.ts'
import type { Exchange } from '../../http/exchange.ts'

/** Names of the two cookies, without `__Host-`. */
export const accessCookie = 'watchword-access'
export const refreshCookie = 'watchword-refresh'

/** Browsers keep 4,096 bytes of name and value; a longer token is left to the body. */
const longestToken = 4_000

/** Whether a browser app on the server's own site wants its tokens in cookies. @throws Refusal `validation_failed` */
export function isCookieMode(exchange: Exchange): boolean {
  const mode = exchange.header('watchword-session')
  if (mode !== undefined && mode !== 'cookie') throw invalid('Watchword-Session', 'must be cookie')
  return mode === 'cookie'
}

/**
 * Puts the tokens of a session into its cookies. Both live as long as the session: an access token that has run out is
 * then refused as one, and not as if nobody had been signed in.
 */
export function setSessionCookies(core: Core, exchange: Exchange, { session, accessToken, refreshToken }: Grant): void {
  const maxAge = secondsUntil(core.runtime.now(), session.endsAt)
  exchange.addHeader('set-cookie', hostCookie(refreshCookie, refreshToken, { maxAge }))
  const fits = accessToken.length <= longestToken
  exchange.addHeader(
    'set-cookie',
    fits ? hostCookie(accessCookie, accessToken, { maxAge }) : clearedHostCookie(accessCookie),
  )
}

/** Takes both cookies away. */
export function clearSessionCookies(exchange: Exchange): void {
  exchange.addHeader('set-cookie', clearedHostCookie(refreshCookie))
  exchange.addHeader('set-cookie', clearedHostCookie(accessCookie))
}
