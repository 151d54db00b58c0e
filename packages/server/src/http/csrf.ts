import { Refusal } from '../base/errors.ts'
import type { Gate } from './route.ts'

/**
 * A gate against forged requests (S109). Passed by a request that comes from our own pages or from nowhere
 * (`Sec-Fetch-Site` same-origin or none), by one whose `Origin` is on the list, and by one without either header if it
 * carries no cookie, since then it is no browser that could be misled.
 * @throws `origin_not_allowed`
 */
export function sameOriginOrListed(allows: (origin: string) => boolean): Gate {
  return (exchange) => {
    const site = exchange.header('sec-fetch-site')
    if (site === 'same-origin' || site === 'none') return
    const origin = exchange.header('origin')
    if (origin !== undefined && origin !== 'null' && allows(origin)) return
    if (origin === undefined && site === undefined && exchange.header('cookie') === undefined) return
    throw new Refusal('origin_not_allowed')
  }
}
