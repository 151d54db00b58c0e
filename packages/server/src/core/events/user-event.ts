import type { JsonObject } from '../users/user.ts'

/** What is told live. A session is opened or ended, rises, or something about the account changes. */
export type UserEventType =
  | 'session.opened'
  | 'session.ended'
  | 'session.elevated'
  | 'user.updated'
  | 'user.deleted'
  | 'user.banned'
  | 'password.changed'
  | 'email.changed'
  | 'phone.changed'
  | 'factor.added'
  | 'factor.removed'
  | 'access_key.created'
  | 'access_key.revoked'

/** Something that happened to an account, for whoever holds a session of it. */
export interface UserEvent {
  readonly id: string
  readonly at: Date
  readonly userId: string
  /** The session that was opened or ended; otherwise the one the change was made in, where that is known. */
  readonly sessionId: string | null
  readonly type: UserEventType
  /** Facts of the type; never an address, a name or a secret. */
  readonly data: JsonObject
}
