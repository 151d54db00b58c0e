import { isIP } from 'node:net'
import { Refusal } from '../../base/errors.ts'
import type { Gate } from '../../http/route.ts'

const privateEndings = /\.(localhost|local|internal|test|home\.arpa)$/

/**
 * A gate that answers only to names nobody outside can own: addresses, names without a dot, names reserved for private
 * use, and the server's own. A page elsewhere could otherwise point its name at this machine and read the inbox with it.
 * @throws `not_found`
 */
export function knownHost(publicHost: string): Gate {
  return (exchange) => {
    const host = exchange.header('host')
    if (host === undefined || host === publicHost) return
    const name = host.toLowerCase().replace(/:\d+$/, '')
    if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || privateEndings.test(name)) return
    throw new Refusal('not_found')
  }
}
