import { isDeepStrictEqual } from 'node:util'
import { sha256 } from '../../base/digest.ts'
import { hex } from '../../base/encoding.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { openSeed } from '../steps/account-seed.ts'
import type { NewAccount } from '../steps/create-account.ts'
import { addressKey, nobody } from './addresses.ts'
import type { Sent } from './send.ts'

// Before there is an account anybody may ask for a code with its address, and say things about its owner. Where two say
// different things, an answer that names the address alone keeps neither (S32).

/** Whether somebody else, as it seems, waits for a code with this address and said other things about its owner. */
export async function isDisputed(core: Core, address: Address, about: NewAccount): Promise<boolean> {
  const earlier = await core.tickets.findBySubject(nobody(addressKey(core, address)), 'sign_in')
  if (earlier?.payload['newAccount'] === undefined) return false
  return earlier.payload['contested'] === true || !saysSame(core, earlier, about)
}

function saysSame(core: Core, ticket: Ticket, about: NewAccount): boolean {
  return isDeepStrictEqual(openSeed(core, ticket).about, JSON.parse(JSON.stringify(about)))
}

/** What was said in an attempt that joined another's ticket stays beside it, sealed, for an answer in that attempt. */
export async function keepWordsApart(
  core: Core,
  { ticket, attempt }: Sent,
  own: { readonly newAccount: JsonObject; readonly about: NewAccount },
): Promise<void> {
  if (ticket.payload['newAccount'] === undefined || saysSame(core, ticket, own.about)) return
  // A member of its own for each attempt: two that join at once do not undo each other.
  await core.tickets.patch(ticket.id, { contested: true, [nameOf(attempt)]: own.newAccount })
}

/** The account that was wished for in this attempt, where its ticket is another's. */
export function wordsOf({ payload }: Pick<Ticket, 'payload'>, attempt: string): JsonObject | undefined {
  return payload[nameOf(attempt)] as JsonObject | undefined
}

const nameOf = (attempt: string): string => `newAccount:${hex(sha256(attempt)).slice(0, 16)}`
