import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Address } from '../../core/users/users.ts'
import { addressKey } from '../attempt/addresses.ts'
import { chosenRoles } from './account-policy.ts'
import type { NewAccount } from './create-account.ts'

/** What is kept until the address is proved. Sealed for its address: on the ticket of another it does not open. */
export function sealSeed(core: Core, address: Address, about: NewAccount): { readonly sealed: string } {
  if (about.roles !== undefined) chosenRoles(core, about.roles)
  return {
    sealed: core.vault
      .seal(JSON.stringify({ address, about }), contextOf(addressKey(core, address)))
      .toString('base64'),
  }
}

const contextOf = (key: string | null): string => `tickets/${key}/payload newAccount`

/** The account that a ticket makes when its address is proved. */
export function openSeed(
  core: Pick<Core, 'vault'>,
  { payload, addressKey }: Pick<Ticket, 'payload' | 'addressKey'>,
): { readonly address: Address; readonly about: NewAccount } {
  const sealed = (payload['newAccount'] as { sealed?: unknown } | undefined)?.sealed
  if (typeof sealed !== 'string') throw new Refusal('otp_expired')
  return JSON.parse(core.vault.open(Buffer.from(sealed, 'base64'), contextOf(addressKey)).toString('utf8')) as never
}
