import { sha256 } from '../../base/digest.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { Successors } from './successors.ts'

/** A token that its session stepped up past. */
export interface Overtaken {
  readonly sessionId: string
  /** The digest of what came of stepping up. */
  readonly successor: Uint8Array | null
}

/**
 * How a session falls back to what it was before it stepped up, because somebody shows a token from then. That token has a
 * new successor from there on, which can be derived; what came of stepping up leads to it, as do all that it was to replace.
 * Nothing happens where somebody used it in this moment, or where what the session was rests on something that is gone by now.
 */
export function createFallBack(on: Sql, { successors }: { readonly successors: Successors }) {
  return async (token: string, { sessionId, successor }: Overtaken, now: Date): Promise<void> => {
    const salt = successors.salt()
    const next = sha256(successors.of(token, salt))
    const own = sha256(token)
    await on.query(sql`
      with s as (select id from auth.sessions where id = ${sessionId} for no key update), undone as (
        update auth.refresh_tokens m set used_at = ${now}, successor = ${next}
        from s where m.digest = ${successor} and m.session_id = s.id and m.used_at is null and not m.void and m.stepped_from is not null
        returning m.session_id, m.stepped_from
      ), led as (
        update auth.refresh_tokens t set used_at = ${now}, successor = ${next}, successor_salt = case when t.digest = ${own} then ${salt}::bytea end
        from undone where t.session_id = undone.session_id and t.successor = ${successor}
      ), lowered as (
        update auth.sessions s set aal = least(s.aal, stepped_from ->> 'aal'), amr = stepped_from -> 'amr',
          proved_at = (stepped_from ->> 'provedAt')::timestamptz, last_used_at = ${now}
        from undone where s.id = undone.session_id
      )
      insert into auth.refresh_tokens (digest, session_id, parent, created_at)
      select ${next}::bytea, session_id, ${own}::bytea, ${now}::timestamptz from undone`)
  }
}
