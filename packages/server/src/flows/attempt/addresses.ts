import { hex } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Address } from '../../core/users/users.ts'

/** An address as it may stand in keys and tables that outlive the account: a keyed digest. */
export function addressKey(core: Pick<Core, 'vault'>, address: Address): string {
  const text = 'email' in address ? `email:${address.email}` : `phone:${address.phone}`
  return hex(core.vault.mac('address', text))
}

/** Whom a ticket is for when nobody is there. */
export function nobody(key: string): string {
  return `nobody:${key}`
}

/** Whose wrong codes are counted: the account a ticket is about, also where its holder must not learn that there is one. */
export function accountOf(ticket: Pick<Ticket, 'subject' | 'payload'>): string {
  const account = ticket.payload['account']
  return typeof account === 'string' ? account : ticket.subject
}

/** Applies the lists of addresses and domains that may or may not sign up. @throws Refusal `identifier_not_allowed` */
export function refuseUnlisted(core: Pick<Core, 'settings'>, address: Address): void {
  const { allow, block } = core.settings.signUp
  const isIn = (list: readonly string[]) => list.some((entry) => isMeant(entry.toLowerCase(), address))
  if (!isIn(block) && (allow.length === 0 || isIn(allow))) return
  throw new Refusal('identifier_not_allowed', { details: { field: 'email' in address ? 'email' : 'phone' } })
}

function isMeant(entry: string, address: Address): boolean {
  if ('phone' in address) return entry.replace(/[ ().-]/g, '') === address.phone
  const domain = address.email.slice(address.email.lastIndexOf('@') + 1)
  return entry === address.email || entry.replace(/^@/, '') === domain
}
