import { type Statement, sql } from '../../storage/sql.ts'
import type { JsonObject } from '../users/user.ts'

/** What a ticket is good for; it is worth nothing anywhere else. */
export type Purpose =
  /** proves the address of a new account */
  | 'sign_up'
  | 'sign_in'
  | 'recovery'
  | 'invite'
  /** proves the new address of a change */
  | 'email_change'
  /** the old address agrees to a change */
  | 'email_change_current'
  /** proves the new number of a change */
  | 'phone_change'
  /** a code for a sensitive change */
  | 'reauthentication'
  /** proves once more who it is, inside a session */
  | 'elevation'
  /** what a redirect brings back, exchanged for what its parent is good for */
  | 'return'
  /** an administrator's link was opened and waits for a yes */
  | 'acceptance'
  /** somebody proved a way in and owes a second factor */
  | 'second_factor'
  /** a WebAuthn ceremony that is under way */
  | 'ceremony'
  /** a second factor that is being set up */
  | 'enrollment'
  /** the state of a sign-in that is under way at a provider */
  | 'provider'
  /** somebody came back from a provider: what the return code of it is good for */
  | 'provider_return'
  /** a session wants to be connected with an account elsewhere */
  | 'link'
  /** an ID token that was used */
  | 'id_token'
  /** a message that a wallet has to sign */
  | 'wallet'
  /** a signed message that was used */
  | 'wallet_message'
  /** a sign-in that is under way at an organisation's identity provider */
  | 'sso'
  /** an assertion of one that was used */
  | 'saml_assertion'
  /** a link was followed, and what it is good for waits for whoever is sent back */
  | 'pickup'
  /** a second factor is asked for inside a session, by its id */
  | 'factor_challenge'

/** A one-time secret as stored: digests only. */
export interface Ticket {
  readonly id: string
  readonly purpose: Purpose
  /** A user id, or a keyed digest where nobody is behind it. */
  readonly subject: string
  readonly userId: string | null
  readonly sessionId: string | null
  readonly addressKey: string | null
  readonly parentId: string | null
  readonly payload: JsonObject
  readonly misses: number
  readonly hasCode: boolean
  readonly hasLink: boolean
  readonly codeExpiresAt: Date | null
  readonly expiresAt: Date
  readonly linkOpenedAt: Date | null
  readonly createdAt: Date
  readonly spentAt: Date | null
  readonly openedSession: string | null
}

/** The select list of a {@link Ticket} from `auth.tickets t`. */
export const ticketColumns: Statement = sql`t.id, t.purpose, t.subject, t.user_id as "userId", t.session_id as "sessionId",
  t.address_key as "addressKey", t.parent_id as "parentId", t.payload, t.misses, t.code_digest is not null as "hasCode",
  t.link_digest is not null as "hasLink", t.code_expires_at as "codeExpiresAt", t.expires_at as "expiresAt",
  t.link_opened_at as "linkOpenedAt", t.created_at as "createdAt", t.spent_at as "spentAt", t.opened_session as "openedSession"`
