import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { NewCredential } from '../../core/passkeys/ceremonies.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Address } from '../../core/users/users.ts'
import { addressKey } from '../attempt/addresses.ts'
import { chosenRoles } from './account-policy.ts'
import type { NewAccount } from './create-account.ts'

/** A passkey that waits for the account it was made for. */
export interface SeedPasskey {
  /** The account's id, which its authenticator knows already. */
  readonly userId: string
  readonly made: NewCredential
  readonly name: string | undefined
}

/** What is kept until the address is proved. Sealed for its address: on the ticket of another it does not open. */
export function sealSeed(
  core: Core,
  address: Address,
  about: NewAccount,
  passkey?: SeedPasskey,
): { readonly sealed: string } {
  if (about.roles !== undefined) chosenRoles(core, about.roles)
  const seed = JSON.stringify({ address, about, ...(passkey === undefined ? {} : { passkey: written(passkey) }) })
  return { sealed: core.vault.seal(seed, contextOf(addressKey(core, address))).toString('base64') }
}

const contextOf = (key: string | null): string => `tickets/${key}/payload newAccount`

export interface Seed {
  readonly address: Address
  readonly about: NewAccount
  readonly passkey: SeedPasskey | undefined
}

/** The account that a ticket makes when its address is proved. */
export function openSeed(
  core: Pick<Core, 'vault'>,
  { payload, addressKey }: Pick<Ticket, 'payload' | 'addressKey'>,
): Seed {
  const sealed = (payload['newAccount'] as { sealed?: unknown } | undefined)?.sealed
  if (typeof sealed !== 'string') throw new Refusal('otp_expired')
  const seed = JSON.parse(core.vault.open(Buffer.from(sealed, 'base64'), contextOf(addressKey)).toString('utf8'))
  return { ...seed, passkey: seed.passkey === undefined ? undefined : read(seed.passkey) }
}

type Written = Omit<SeedPasskey, 'made'> & {
  readonly made: Omit<NewCredential, 'id' | 'publicKey'> & { readonly id: string; readonly publicKey: string }
}

function written({ userId, name, made }: SeedPasskey): Written {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return { userId, name, made: { ...made, id: text(made.id), publicKey: text(made.publicKey) } }
}

function read({ userId, name, made }: Written): SeedPasskey {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
  return { userId, name, made: { ...made, id: bytes(made.id), publicKey: bytes(made.publicKey) } }
}
