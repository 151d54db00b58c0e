import type { Session, Tokens, User } from '../api/types.ts'
import type { Attempt } from '../attempt/attempt.ts'

/** Somebody who is signed in. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  /** In cookie mode null until this page has got one of its own. */
  readonly tokens: Tokens | null
}

/** Who is signed in, as far as this tab knows. `reason` is the code that ended the session, null where somebody left. */
export type AuthState =
  | { readonly status: 'loading' }
  | { readonly status: 'signed_out'; readonly reason: string | null }
  | ({ readonly status: 'signed_in' } & SignedIn)

/** What happened: `recovered` is signed in for setting a new password, `elevated` a proof given once more. */
export type AuthEvent =
  | 'initial'
  | 'signed_in'
  | 'signed_out'
  | 'refreshed'
  | 'user_changed'
  | 'elevated'
  | 'recovered'
  | 'attempt'

/** What listeners hear. */
export interface AuthChange {
  readonly event: AuthEvent
  readonly state: AuthState
  /** The attempt in progress, if there is one. */
  readonly attempt: Attempt | null
}
