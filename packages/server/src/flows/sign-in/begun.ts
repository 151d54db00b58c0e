import { base64url } from '../../base/encoding.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'

type At = Pick<Ticket, 'id'>

/** Verifier and nonce of a sign-in elsewhere. Made from its state, so that nothing of them is stored. */
export function secretsOf({ vault }: Pick<Core, 'vault'>, state: string): { verifier: string; nonce: string } {
  const make = (what: string) => base64url(vault.mac('flow', what, state))
  return { verifier: make('verifier'), nonce: make('nonce') }
}

const contextOf = ({ id }: At): string => `tickets/${id}/payload kept`

/** Keeps, sealed, what a provider gave at the beginning and wants to see again at the end. */
export async function keepBegun({ vault, tickets }: Core, ticket: At, kept: string): Promise<void> {
  await tickets.patch(ticket.id, { kept: vault.seal(kept, contextOf(ticket)).toString('base64') })
}

/** What was kept at the beginning. */
export function keptIn({ vault }: Pick<Core, 'vault'>, ticket: At & Pick<Ticket, 'payload'>): string | undefined {
  const { kept } = ticket.payload
  return typeof kept === 'string'
    ? vault.open(Buffer.from(kept, 'base64'), contextOf(ticket)).toString('utf8')
    : undefined
}
