import { type Statement, sql } from '../../storage/sql.ts'
import type { Session, SessionClient } from './session.ts'

/** Whose refresh tokens are meant. */
export type Holder = Pick<SessionClient, 'id' | 'tokens'>

/** That `auth.sessions s` are those an application holds, or a person's own. */
export const heldBy = (holder: Holder | undefined): Statement =>
  sql`s.client_id is not distinct from ${holder?.id ?? null}::text
    and s.client_tokens is not distinct from ${holder?.tokens ?? null}::text`

/** Whether a session is one an application holds, or a person's own. */
export const holds = (holder: Holder | undefined, { client }: Session): boolean =>
  holder === undefined ? client === null : client?.id === holder.id && client.tokens === holder.tokens
