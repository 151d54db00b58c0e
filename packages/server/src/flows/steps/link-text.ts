import { sameText } from '../../base/digest.ts'
import { base64url, isUuid } from '../../base/encoding.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'

/** What an address carries of a ticket so that nobody who reads the database can make it: its id and a keyed digest. */
export function linkText({ vault }: Pick<Core, 'vault'>, { id }: Pick<Ticket, 'id'>): string {
  return `${id}.${base64url(vault.mac('flow', 'link', id))}`
}

/** The id of the ticket in such a text, or undefined where it is not one of ours. */
export function ticketOfText(core: Pick<Core, 'vault'>, text: string): string | undefined {
  const [id = ''] = text.split('.', 1)
  return isUuid(id) && sameText(text, linkText(core, { id })) ? id : undefined
}
