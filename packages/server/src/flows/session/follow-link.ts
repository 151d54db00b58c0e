import type { Core } from '../../core/core.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import { findLink, finish, type Verified } from '../attempt/verify.ts'
import type { Caller } from '../caller.ts'
import { type OpenedLink, openLink } from './exchange-code.ts'

export interface FollowedLink {
  readonly token: string
  readonly purposes?: readonly Purpose[]
  /** A challenge that came with the link itself (RFC 7636, S256); one that the requester left counts before it. */
  readonly codeChallenge?: string | undefined
  /** `ask`: what would be used up by this is only looked at, because the person has not said so yet. */
  readonly confirm: 'at_once' | 'ask'
}

export type Followed =
  /** The requester's browser exchanges this; nothing was used up. */
  | ({ readonly kind: 'return' } & OpenedLink)
  /** A click is asked for first; nothing was used up. */
  | { readonly kind: 'ask'; readonly ticket: Ticket }
  | Verified

/**
 * Follows a mailed link in a browser: with a challenge behind it to a return code, without one to what it is good for.
 * The first of two addresses that agree to a change yields nothing to exchange, so it counts as it is.
 * @throws Refusal `otp_expired`, `user_banned`, `user_already_exists`
 */
export async function followLink(core: Core, caller: Caller, input: FollowedLink): Promise<Followed> {
  const ticket = await bind(core, await findLink(core, input), input.codeChallenge)
  const hasChallenge = typeof ticket.payload['codeChallenge'] === 'string'
  if (hasChallenge && !(await isFirstHalf(core, ticket))) return { kind: 'return', ...(await openLink(core, input)) }
  if (input.confirm === 'ask') return { kind: 'ask', ticket }
  return finish(core, caller, { ticket, via: 'link', more: {} })
}

/** Binds a link that nobody's challenge stands behind to the one it came with: it can only be worth less by that. */
async function bind(core: Core, ticket: Ticket, codeChallenge: string | undefined): Promise<Ticket> {
  if (codeChallenge === undefined || ticket.payload['codeChallenge'] !== undefined) return ticket
  await core.tickets.patch(ticket.id, { codeChallenge })
  return { ...ticket, payload: { ...ticket.payload, codeChallenge } }
}

const otherHalf: Partial<Record<Purpose, Purpose>> = {
  email_change: 'email_change_current',
  email_change_current: 'email_change',
}

async function isFirstHalf(core: Core, { purpose, subject }: Ticket): Promise<boolean> {
  const other = otherHalf[purpose]
  return other !== undefined && (await core.tickets.findBySubject(subject, other)) !== undefined
}
