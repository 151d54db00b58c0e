import { defaultPort, isAddress, isForbiddenScheme, isWeb } from './web-address.ts'

/** A URL taken apart, after everything doubtful about it was ruled out. */
export interface Target {
  /** Without the colon, in lower case. */
  readonly scheme: string
  /** Of a web URL: the ASCII host; otherwise empty. */
  readonly host: string
  /** Of a web URL: the port, also when it is the usual one; otherwise empty. */
  readonly port: string
  /** Path and query, without the fragment; for a custom scheme everything after its colon. */
  readonly rest: string
}

/** Why a URL is not even compared with the list. */
export type TargetFault = 'malformed' | 'characters' | 'scheme' | 'userinfo' | 'host' | 'traversal'

const maxLength = 2048
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{White_Space}\\]/u

/**
 * Reads a URL that somebody wants to be sent to. Only one reading may be possible: what another parser could take for
 * another host or another path is a fault, so that the place compared is the place reached.
 */
export function readTarget(text: unknown): Target | TargetFault {
  if (typeof text !== 'string' || text.length > maxLength || !URL.canParse(text)) return 'malformed'
  if (unsafe.test(text)) return 'characters'
  const [, written = '', after = ''] = /^([a-z][a-z0-9+.-]*):([^#]*)/i.exec(text) ?? []
  const scheme = written.toLowerCase()
  if (scheme === '') return 'malformed'
  if (isForbiddenScheme(scheme)) return 'scheme'
  const [, authority] = /^\/\/([^/?]*)/.exec(after) ?? []
  if (isWeb(scheme) && !authority) return 'malformed'
  if (authority?.includes('@')) return 'userinfo'
  if (authority?.includes('%')) return 'host'
  if (wanders(pathOf(after))) return 'traversal'
  return isWeb(scheme) ? readWeb(new URL(text), authority ?? '', scheme) : { scheme, host: '', port: '', rest: after }
}

function readWeb(url: URL, authority: string, scheme: string): Target | TargetFault {
  if (url.username !== '' || url.password !== '') return 'userinfo'
  const host = url.hostname
  const writtenHost = authority.replace(/:[0-9]*$/, '').toLowerCase()
  // An address must be written as addresses are: not in octal, as one number, or in letters that look like digits.
  if (isAddress(host) && writtenHost !== host) return 'host'
  if (host.split('.').includes('')) return 'host'
  return { scheme, host, port: url.port || defaultPort(scheme), rest: `${url.pathname}${url.search}` }
}

function pathOf(after: string): string {
  return after.replace(/^\/\/[^/?]*/, '').split('?', 1)[0] ?? ''
}

// Encoded slashes, backslashes and control characters, anything encoded twice, and segments that climb, with or
// without parameters: servers disagree about what they mean.
const doubtful = /%(?:2f|5c|[01][0-9a-f]|7f|25[0-9a-f]{2})/i
const climbing = /(?:^|\/)(?:\.|%2e){1,2}(?:(?:;|%3b)[^/]*)?(?:\/|$)/i

function wanders(path: string): boolean {
  return doubtful.test(path) || climbing.test(path)
}
