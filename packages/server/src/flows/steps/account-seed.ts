import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Address } from '../../core/users/users.ts'
import { chosenRoles } from './account-policy.ts'
import type { NewAccount } from './create-account.ts'

/** What is kept until the address is proved. The address itself is sealed: tickets outlive nothing, but a stolen table does. */
export function sealSeed(core: Core, address: Address, about: NewAccount): { readonly sealed: string } {
  if (about.roles !== undefined) chosenRoles(core, about.roles)
  return { sealed: core.vault.seal(JSON.stringify({ address, about }), seedContext).toString('base64') }
}

const seedContext = 'tickets.payload newAccount'

/** The account that a ticket makes when its address is proved. */
export function openSeed(
  core: Pick<Core, 'vault'>,
  newAccount: unknown,
): { readonly address: Address; readonly about: NewAccount } {
  const sealed = (newAccount as { sealed?: unknown }).sealed
  if (typeof sealed !== 'string') throw new Refusal('otp_expired')
  return JSON.parse(core.vault.open(Buffer.from(sealed, 'base64'), seedContext).toString('utf8')) as never
}
