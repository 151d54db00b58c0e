import type { Purpose } from '../../core/tickets/ticket.ts'
import type { MailFacts, MailLink, Manners } from '../../flows/caller.ts'

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

/** What this dialect's mail templates are called, by what they are for. */
const templates: Readonly<Partial<Record<Purpose, string>>> = {
  sign_up: 'email-verify',
  invite: 'email-verify',
  recovery: 'password-reset',
  email_change: 'email-confirm-change',
  email_change_current: 'email-confirm-change',
}

function templateOf({ purpose, codeAlone }: MailFacts): string {
  if (purpose === 'sign_in') return codeAlone ? 'signin-otp' : 'signin-passwordless'
  return templates[purpose] ?? 'elevate-otp'
}

interface Place {
  /** Public address of the mount. */
  readonly url: string
  readonly siteUrl: string
  /** Whether mails say in their headers what they carry. */
  readonly mailHeaders: boolean
}

/** How this dialect's mails look. */
export function nhostManners(place: Place): Manners {
  return {
    name: 'nhost',
    serverUrl: place.url,
    tokens: 'uuid',
    mails: 'link',
    mailLink(link) {
      const query = new URLSearchParams({
        redirectTo: link.redirectTo ?? place.siteUrl,
        ticket: ticketOf(link),
        type: kindOf(link.purpose).type,
      })
      return `${place.url}/verify?${query}`
    },
    tokenHash: ticketOf,
    ...(place.mailHeaders ? { mailHeaders: (mail) => headersOf(mail, place.siteUrl) } : {}),
    secondFactor: 'attempt',
    newcomers: 'sign_in',
    nameless: 'address',
  }
}

function headersOf(mail: MailFacts, siteUrl: string): Readonly<Record<string, string>> {
  return {
    'X-Email-Template': templateOf(mail),
    'X-Ticket': mail.ticket,
    'X-Redirect-To': mail.redirectTo ?? siteUrl,
    'X-Link': mail.link ?? '',
  }
}

const ticketOf = ({ purpose, token }: Pick<MailLink, 'purpose' | 'token'>): string =>
  `${kindOf(purpose).prefix}:${token}`
