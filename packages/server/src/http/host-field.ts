import type { IncomingMessage } from 'node:http'

/** A host and perhaps a port (RFC 9110 §7.2, RFC 3986 §3.2.2); empty where the target has no authority. */
const form = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i

/**
 * Whether a request names one host at most, in a form that can be one (RFC 9112 §3.2). Of two, whoever stands in front may
 * have gone by the one and this server by the other. That there is one at all is seen to by the parser.
 */
export function hasOneHost({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): boolean {
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length !== 4 || name.toLowerCase() !== 'host') continue
    if (found !== undefined) return false
    found = rawHeaders[at + 1] ?? ''
  }
  return found === undefined || form.test(found)
}
