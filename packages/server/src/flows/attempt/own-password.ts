import { sha256 } from '../../base/digest.ts'
import { hex } from '../../base/encoding.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject } from '../../core/users/user.ts'

/**
 * Two people may wait for the code of one message: whoever signed up last, and whoever signed up shortly before, when
 * the second message was held back. The password that counts is the one of the attempt in which the address is proved,
 * so a later attempt keeps its own beside the ticket, sealed.
 */
export async function rememberPassword(
  tx: Core,
  input: { readonly ticket: Ticket; readonly attempt: string; readonly passwordHash: string },
): Promise<void> {
  const { ticket, attempt, passwordHash } = input
  await tx.tickets.patch(ticket.id, {
    passwords: { ...known(ticket), [nameOf(attempt)]: sealPassword(tx, ticket.subject, passwordHash) },
  })
}

/** The stored hash of the password that came with this attempt, or with its ticket where it has only one. */
export function passwordOf(core: Pick<Core, 'vault'>, ticket: Ticket, attempt: string): string | undefined {
  const sealed = known(ticket)[nameOf(attempt)]
  return sealed === undefined ? passwordBeside(core, ticket) : openPassword(core, ticket.subject, sealed)
}

/** The stored hash of the password its ticket was issued with, where that waits beside it. */
export function passwordBeside(core: Pick<Core, 'vault'>, { subject, payload }: Ticket): string | undefined {
  return openPassword(core, subject, payload['password'])
}

function openPassword(core: Pick<Core, 'vault'>, subject: string, sealed: unknown): string | undefined {
  return typeof sealed === 'string'
    ? core.vault.open(Buffer.from(sealed, 'base64'), contextOf(subject)).toString('utf8')
    : undefined
}

/** A hash as the ticket of this subject may hold it; on another's it does not open. */
export function sealPassword(core: Pick<Core, 'vault'>, subject: string, passwordHash: string): string {
  return core.vault.seal(passwordHash, contextOf(subject)).toString('base64')
}

const contextOf = (subject: string): string => `tickets/${subject}/payload password`

const nameOf = (attempt: string): string => hex(sha256(attempt)).slice(0, 16)

const known = ({ payload }: Ticket): JsonObject => (payload['passwords'] ?? {}) as JsonObject
