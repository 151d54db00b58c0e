import type { Caller, Manners } from '../flows/caller.ts'
import type { Exchange } from '../http/exchange.ts'

/** A language tag as `Accept-Language` gives them (RFC 9110 §12.5.4); the first one counts. */
const firstTag = /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2})\s*(?:[,;]|$)/

/** Best language of the request (BCP 47). */
export function languageOf(exchange: Pick<Exchange, 'header'>): string | undefined {
  const language = exchange.header('accept-language')?.slice(0, 64)
  return language === undefined ? undefined : firstTag.exec(language)?.[1]
}

/** Who is knocking, from what the connection and the headers say. */
export function callerOf(exchange: Exchange, manners: Manners): Caller {
  return {
    manners,
    requestId: exchange.requestId,
    ip: exchange.client.ip,
    network: exchange.client.network,
    userAgent: exchange.userAgent ?? null,
    locale: languageOf(exchange),
    isGone: () => exchange.isGone,
  }
}
