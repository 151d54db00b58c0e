import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Core } from '../../core/core.ts'
import type { ProviderTokens } from '../../core/providers/provider.ts'
import type { Session } from '../../core/sessions/session.ts'
import { ssoPrefix } from '../../core/sso/sso-provider.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Issued } from '../../core/tickets/tickets.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { type Entered, type Entrance, enter } from '../session/enter.ts'
import { continueSession } from '../session/open.ts'
import type { Arrival } from '../steps/arrival.ts'
import { refuseClosedWay } from '../steps/refuse-closed-way.ts'
import { connect } from './connect.ts'

/** Seconds between coming back from a provider and exchanging what was brought back. */
export const returnSeconds = 300

/** What is kept until then. Sealed: it may hold a provider's tokens (S76). */
export type Waiting =
  | {
      readonly kind: 'sign_in'
      readonly provider: string
      readonly identityId: string
      readonly isNewUser: boolean
      readonly tokens: ProviderTokens | null
      /** When the session ends at the latest; ISO 8601. */
      readonly notAfter?: string | undefined
    }
  /** Connected only when the session that asked for it comes back for it (S40). */
  | { readonly kind: 'link'; readonly arrival: Arrival }

const contextOf = (subject: string): string => `tickets/${subject}/payload waiting`

/** Keeps what somebody brought back from a provider until it is exchanged, or until it is picked up by its link. */
export function keepReturn(
  tx: Core,
  input: {
    readonly user: User
    readonly sessionId: string | null
    readonly waiting: Waiting
    readonly payload: JsonObject
  },
): Promise<Issued> {
  const { user, sessionId, waiting, payload } = input
  const subject = `provider:${newId(tx.runtime)}`
  const sealed = tx.vault.seal(JSON.stringify(waiting), contextOf(subject)).toString('base64')
  return tx.tickets.issue({
    purpose: 'provider_return',
    subject,
    link: payload['pickup'] === true,
    userId: user.id,
    sessionId,
    seconds: returnSeconds,
    payload: { ...payload, sealed },
  })
}

function openReturned({ vault }: Pick<Core, 'vault'>, { subject, payload }: Ticket): Waiting {
  const sealed = Buffer.from(String(payload['sealed']), 'base64')
  const waiting = JSON.parse(vault.open(sealed, contextOf(subject)).toString('utf8')) as Waiting
  return waiting.kind === 'link'
    ? { ...waiting, arrival: { ...waiting.arrival, tokens: withDates(waiting.arrival.tokens) } }
    : { ...waiting, tokens: withDates(waiting.tokens) }
}

function withDates(tokens: ProviderTokens | null): ProviderTokens | null {
  if (tokens === null) return null
  return { ...tokens, expiresAt: tokens.expiresAt === null ? null : new Date(tokens.expiresAt) }
}

/**
 * Redeems what somebody brought back from a provider: a session, or a connection in the session that asked for it.
 * @throws Refusal as {@link connect}, `user_banned`, `provider_disabled` where it was switched off or taken away since
 */
export async function redeemReturn(
  tx: Core,
  caller: Caller,
  input: {
    readonly ticket: Ticket
    readonly user: User
    readonly session: Session | undefined
    /** Tickets that led here. */
    readonly from: readonly string[]
  },
): Promise<Entered> {
  const { ticket, user, session, from } = input
  const waiting = openReturned(tx, ticket)
  if (waiting.kind === 'sign_in') {
    const { notAfter, ...came } = waiting
    // Unlinked since they came back with it, it signs nobody in.
    if (!user.identities.some(({ id }) => id === came.identityId)) throw new Refusal('flow_state_not_found')
    const opening = providerOpening(user, came)
    for (const proof of opening.amr) await refuseClosedWay(tx, proof)
    const ends = notAfter === undefined ? {} : { notAfter: new Date(notAfter) }
    return enter(tx, caller, { ...opening, ...ends, from })
  }
  if (ticket.sessionId === null) throw new Refusal('flow_state_not_found')
  const { arrival } = waiting
  await refuseClosedWay(tx, { method: 'provider', provider: arrival.provider })
  const connected = await connect(tx, caller, { user, arrival })
  const brought = { provider: arrival.provider, identityId: connected.identityId, tokens: arrival.tokens }
  const opening = providerOpening(connected.user, { ...brought, isNewUser: false })
  // A guest's tokens say "guest": those sessions have ended.
  if (session === undefined || user.isAnonymous) return enter(tx, caller, { ...opening, from })
  const proof = { method: 'provider', provider: arrival.provider }
  const opened = await continueSession(tx, { user: connected.user, session, proof })
  return { kind: 'opened', opened: { ...opened, brought }, weakPassword: [] }
}

/** How a session is opened for somebody whom a provider has proved. */
export function providerOpening(
  user: User,
  came: {
    readonly provider: string
    readonly identityId: string
    readonly tokens: ProviderTokens | null
    readonly isNewUser: boolean
  },
): Entrance {
  const { provider, identityId, tokens, isNewUser } = came
  return {
    user,
    isNewUser,
    amr: [{ method: provider.startsWith(ssoPrefix) ? 'sso' : 'provider', provider }],
    brought: { provider, identityId, tokens },
  }
}
