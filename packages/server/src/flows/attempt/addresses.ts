import { hex } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Take } from '../../core/limits/limits.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'

type Addresses = Pick<User, 'email' | 'phone'>

const textOf = (address: Address): string => ('email' in address ? `email:${address.email}` : `phone:${address.phone}`)

/** An address as it may stand in keys and tables that outlive the account: a keyed digest. */
export function addressKey(core: Pick<Core, 'vault'>, address: Address): string {
  return hex(core.vault.mac('address', textOf(address)))
}

/** Whether a key is the one of an address of theirs, also one from before the encryption keys changed. */
export function isKeyOf(core: Pick<Core, 'vault'>, key: string, of: Addresses): boolean {
  return addressesOf(of).some((address) => core.vault.fits(Buffer.from(key, 'hex'), 'address', textOf(address)))
}

/** The keys of the addresses somebody has, as {@link addressKey} makes them. */
export function addressKeysOf(core: Pick<Core, 'vault'>, of: Addresses): string[] {
  return addressesOf(of).map((address) => addressKey(core, address))
}

function addressesOf({ email, phone }: Addresses): Address[] {
  return [...(email === null ? [] : [{ email }]), ...(phone === null ? [] : [{ phone }])]
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

/** Applies the lists of addresses and domains that may or may not have an account. @throws Refusal `identifier_not_allowed` */
export function refuseUnlisted({ addressRules }: Pick<Core, 'addressRules'>, address: Address): void {
  if (addressRules.allows(address)) return
  throw new Refusal('identifier_not_allowed', { details: { field: 'email' in address ? 'email' : 'phone' } })
}

/** Refuses whom no list can know, where only those on one may have an account. @throws Refusal `identifier_not_allowed` */
export function refuseAddressless({ addressRules }: Pick<Core, 'addressRules'>): void {
  if (addressRules.closed) throw new Refusal('identifier_not_allowed', { details: { field: 'email' } })
}

/** Tells that an address is somebody's, to whoever is told so at once. @throws Refusal `user_already_exists` with `details.field` */
export async function refuseOwned(core: Core, address: Address): Promise<void> {
  if ((await core.users.findByAddress(address)) === undefined) return
  throw new Refusal('user_already_exists', { details: { field: 'email' in address ? 'email' : 'phone' } })
}

/** What beginning to change an address counts. */
export function addressChangeTake({ settings }: Pick<Core, 'settings'>, userId: string): Take {
  return { key: `address-change:${userId}`, rate: settings.limits.addressChange }
}
