import type { Actor } from '../../../core/audit/audit.ts'
import { adminKey } from '../../../gate/admin.ts'
import type { Exchange } from '../../../http/exchange.ts'

/** Who administers, for the audit log. */
export function actorOf(exchange: Exchange): Actor {
  return exchange.need(adminKey).actor
}

/** The same, for what belongs to one caller alone. */
export function callerIdOf(exchange: Exchange): string {
  const { type, id } = actorOf(exchange)
  return `${type}:${id ?? ''}`
}
