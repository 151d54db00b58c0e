import type { LinkToken } from '../base/secrets.ts'
import type { Purpose } from '../core/tickets/ticket.ts'

/** What a mailed link is for and where it leads. */
export interface MailLink {
  readonly purpose: Purpose
  readonly token: LinkToken
  readonly redirectTo: string | undefined
  /** Whether opening it leads to a return code that only its requester can exchange (RFC 7636). */
  readonly pkce: boolean
}

/** What a mail with a link or a code is about. */
export interface MailFacts {
  readonly purpose: Purpose
  /** Whether it has a code and no link. */
  readonly codeAlone: boolean
  readonly link: string | undefined
  /** What the link carries, or else the code. */
  readonly ticket: string
  readonly redirectTo: string | undefined
}

/** How one wire format differs where that reaches below it. Everything else is a branch the dialect takes itself. */
export interface Manners {
  /** Recorded with sessions and audit events; never compared. */
  readonly name: string
  mailLink(link: MailLink): string
  /** What its mail templates call the token of a link. */
  tokenHash(link: Pick<MailLink, 'token' | 'pkce' | 'purpose'>): string
  /**
   * What somebody with a second factor gets for the first proof. `attempt`: nothing but the next step; `step_up`: a session
   * at `aal1`, which may rise; `refuse`: a refusal, since its clients have no word for it.
   */
  readonly secondFactor: 'attempt' | 'step_up' | 'refuse'
  /** `uuid`: what its links carry and its attempts are called by has 128 random bits, written so. Default 256, in base64url. */
  readonly tokens?: 'uuid'
  /**
   * What a mail with a link and a code carries. `link`: no code, since its clients have no field for it; `challenged`: both, and
   * the link only where its requester left a challenge; an administrator's always has one. Default both.
   */
  readonly mails?: 'link' | 'challenged'
  /** Further headers of its mails, for tools that read them. Default: none. */
  readonly mailHeaders?: (mail: MailFacts) => Readonly<Record<string, string>>
  /** What its mail templates know as the address of the server. Default the server's own. */
  readonly serverUrl?: string
  /** `sign_in`: a link to sign in is mailed as such to newcomers too. Default: they are asked to confirm their address. */
  readonly newcomers?: 'sign_in'
  /** `address`: messages call somebody without a name by their address. Default: by nothing. */
  readonly nameless?: 'address'
}

/** Who is knocking, in plain facts: the dialect's manners, where from, with what. */
export interface Caller {
  readonly manners: Manners
  readonly requestId: string | null
  readonly ip: string | null
  /** The address or, for IPv6, the /64 that limits count by. */
  readonly network: string
  readonly userAgent: string | null
  /** Best language of the request (BCP 47), for mails to people who have none stored. */
  readonly locale: string | undefined
  /** Whether they have hung up. Default: they wait. */
  readonly isGone?: () => boolean
}
