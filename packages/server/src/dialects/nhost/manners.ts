import type { Purpose } from '../../core/tickets/ticket.ts'
import type { MailLink, Manners } from '../../flows/caller.ts'

/** A mailed ticket is a prefix and a token; a link says the same in words of its own. */
interface TicketKind {
  readonly prefix: TicketPrefix
  readonly type: LinkType
}

export type TicketPrefix = 'verifyEmail' | 'passwordlessEmail' | 'passwordReset' | 'emailConfirmChange'
export type LinkType = 'emailVerify' | 'signinPasswordless' | 'passwordReset' | 'emailConfirmChange'

const verify: TicketKind = { prefix: 'verifyEmail', type: 'emailVerify' }
const change: TicketKind = { prefix: 'emailConfirmChange', type: 'emailConfirmChange' }
const kinds: Readonly<Partial<Record<Purpose, TicketKind>>> = {
  sign_up: verify,
  invite: verify,
  sign_in: { prefix: 'passwordlessEmail', type: 'signinPasswordless' },
  recovery: { prefix: 'passwordReset', type: 'passwordReset' },
  email_change: change,
  email_change_current: change,
}

const kindOf = (purpose: Purpose): TicketKind => kinds[purpose] ?? verify

/** What a ticket of each prefix may stand for. */
export const purposesOf: Readonly<Record<TicketPrefix, readonly Purpose[]>> = {
  verifyEmail: ['sign_up', 'invite'],
  passwordlessEmail: ['sign_in'],
  passwordReset: ['recovery'],
  emailConfirmChange: ['email_change', 'email_change_current'],
}

export interface MailedTicket {
  readonly prefix: TicketPrefix
  readonly token: string
}

/** A ticket as it was mailed, taken apart; undefined for a prefix that no mail carries. */
export function readTicket(ticket: string): MailedTicket | undefined {
  const at = ticket.indexOf(':')
  const prefix = ticket.slice(0, Math.max(at, 0))
  return Object.hasOwn(purposesOf, prefix) ? { prefix: prefix as TicketPrefix, token: ticket.slice(at + 1) } : undefined
}

/** How this dialect's mails look. @param place.url public address of the mount */
export function nhostManners(place: { readonly url: string; readonly siteUrl: string }): Manners {
  return {
    name: 'nhost',
    mailLink(link) {
      const query = new URLSearchParams({
        redirectTo: link.redirectTo ?? place.siteUrl,
        ticket: ticketOf(link),
        type: kindOf(link.purpose).type,
      })
      return `${place.url}/verify?${query}`
    },
    tokenHash: ticketOf,
    secondFactor: 'attempt',
    nameless: 'address',
  }
}

const ticketOf = ({ purpose, token }: Pick<MailLink, 'purpose' | 'token'>): string =>
  `${kindOf(purpose).prefix}:${token}`
