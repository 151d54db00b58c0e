import { readTarget } from './redirect-target.ts'
import { isLoopbackAddress, isWeb } from './web-address.ts'

/** Why an application may not be answered at a place. */
export type ClientRedirectFault = 'malformed' | 'scheme' | 'fragment' | 'insecure'

/**
 * Whether an application may register this place for its answers (RFC 6749 §3.1.2, RFC 8252 §7): absolute, of one clear
 * meaning, no fragment, nothing a browser would run, and plain http on the machine of the person alone.
 */
export function clientRedirectFault(text: string): ClientRedirectFault | undefined {
  const target = readTarget(text)
  if (target === 'scheme') return 'scheme'
  if (typeof target === 'string') return 'malformed'
  if (text.includes('#')) return 'fragment'
  if (!isWeb(target.scheme)) return target.rest.startsWith('/') ? undefined : 'malformed'
  const isHere = target.host === 'localhost' || isLoopbackAddress(target.host)
  return target.scheme === 'http' && !isHere ? 'insecure' : undefined
}

const loopback = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/

/**
 * Whether an answer may go to this place: it is registered, character by character (RFC 9700 §2.1). Of a loopback address
 * the port may differ, since programs get theirs when they start (RFC 8252 §7.3); of the name `localhost` it may not.
 */
export function isRegisteredRedirect(registered: readonly string[], given: string): boolean {
  if (registered.includes(given)) return true
  if (!loopback.test(given) || !URL.canParse(given)) return false
  const bare = given.replace(loopback, '$1')
  return registered.some((each) => loopback.test(each) && each.replace(loopback, '$1') === bare)
}

/** Whether nobody but the registered application can be listening there, as far as a URL can say so (RFC 8252 §8.6). */
export function isClaimedRedirect(uri: string): boolean {
  return uri.startsWith('https://')
}
