import { sha256 } from '../../base/digest.ts'
import { later } from '../../base/duration.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { RefreshToken } from '../../base/secrets.ts'
import type { Sql } from '../../storage/database.ts'
import { type Statement, sql } from '../../storage/sql.ts'
import type { User } from '../users/user.ts'
import { createFallBack } from './fall-back.ts'
import { type Holder, heldBy, holds } from './holder.ts'
import { decideRotation, type RotationDecision, type RotationFacts } from './rotation.ts'
import { type Device, type Session, type SessionRow, sessionColumns, toSession } from './session.ts'
import type { Successors } from './successors.ts'

type Renewing = 'rotate' | 'repeat' | 'reissue' | 'relay' | 'fall'

/** How a refresh token is shown. */
export interface Showing {
  /** The application that shows it. Default: none, it is the person's own. */
  readonly holder?: Holder | undefined
  /** Whoever shows it may have a newer one, and will look for it when they are told that there is one. Default: no. */
  readonly mayBeOlder?: boolean | undefined
}

export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly user: User; readonly session: Session; readonly refreshToken: RefreshToken }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'refused'
      /** `foreign`: the token is another holder's, and nothing was done about it. */
      readonly reason: Exclude<RotationDecision, Renewing | 'overtaken'> | 'foreign'
      readonly session: Session
      readonly user: User
    }

/** A token that was issued before and is not simply exchangeable: what is stored about it. */
type FactsRow = SessionRow &
  Omit<RotationFacts, 'mayBeOlder'> & { successorSalt: Uint8Array | null; successor: Uint8Array | null }

/** Seconds that one note of a successor's being handed out serves for. */
const noteSeconds = 1
/** Each further round is for another request that came between two statements. */
const rounds = 9

/** What an exchange needs; durations in seconds. */
export interface ExchangeDeps {
  readonly runtime: Runtime
  readonly successors: Successors
  readonly policy: { readonly idle: number; readonly grace: number }
  readonly user: { readonly columns: Statement; readonly read: (row: never) => User }
}

/** How refresh tokens are exchanged: one statement where nothing speaks against it, and a decision where something does. */
export function createExchange(on: Sql, { runtime, successors, policy, user }: ExchangeDeps) {
  const digest = (token: string) => sha256(token)
  const fallBack = createFallBack(on, { successors })
  const known = (row: SessionRow) => ({ session: toSession(row), user: user.read(row as never) })

  const exchange = async (
    token: string,
    device: Device,
    holder: Holder | undefined,
  ): Promise<RotationOutcome | undefined> => {
    const now = runtime.now()
    const salt = successors.salt()
    const next = successors.of(token, salt)
    // The session's row is locked before its tokens', as by everything that ends or renews one: in another order two
    // requests could wait for each other, and a token could be exchanged beside a renewal that was to kill it.
    const [row] = await on.query<SessionRow>(sql`
      with s as (
        update auth.sessions s set last_used_at = ${now}, user_agent = ${device.userAgent}, ip = ${device.ip}
        from auth.refresh_tokens t, auth.users u
        where t.digest = ${digest(token)} and t.used_at is null and not t.void and s.id = t.session_id and u.id = s.user_id
          and s.ends_at > ${now} and s.last_used_at > ${later(now, -policy.idle)}
          and ${heldBy(holder)}
          and u.deleted_at is null and (u.banned_until is null or u.banned_until <= ${now})
        returning s.*
      ), spent as (
        update auth.refresh_tokens t set used_at = ${now}, successor_salt = ${salt}, successor = ${digest(next)}
        from s where t.digest = ${digest(token)} and t.used_at is null and not t.void and t.session_id = s.id
        returning t.session_id, t.digest
      ), fresh as (
        insert into auth.refresh_tokens (digest, session_id, parent, created_at)
        select ${digest(next)}::bytea, session_id, digest, ${now}::timestamptz from spent
      )
      select ${sessionColumns}, ${user.columns}
      from s join spent on spent.session_id = s.id join auth.users u on u.id = s.user_id`)
    return row === undefined ? undefined : { kind: 'rotated', ...known(row), refreshToken: next }
  }

  /** What is stored of a token. Where its successor will be given again that is noted, so that no one else makes it void. */
  const facts = async (token: string, holder: Holder | undefined, now: Date): Promise<FactsRow | undefined> => {
    const noted = later(now, Math.min(noteSeconds, policy.grace))
    const [row] = await on.query<FactsRow>(sql`
      with noted as (
        update auth.refresh_tokens n set given_at = ${noted}
        from auth.refresh_tokens t, auth.sessions s
        where t.digest = ${digest(token)} and not t.void and t.used_at >= ${later(now, -policy.grace)}
          and s.id = t.session_id and ${heldBy(holder)}
          and n.digest = t.successor and n.used_at is null and not n.void and coalesce(n.given_at, n.created_at) < ${now}
        returning n.given_at
      )
      select ${sessionColumns}, ${user.columns}, t.used_at as "usedAt", t.void, t.successor_salt as "successorSalt",
        t.successor, coalesce(n.used_at is not null or n.void, false) as "successorUsed",
        coalesce((select given_at from noted), n.given_at, n.created_at) as "successorGivenAt",
        coalesce(n.stepped_from is not null, false) as overtaken
      from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id join auth.users u on u.id = s.user_id
        left join auth.refresh_tokens n on n.digest = t.successor
      where t.digest = ${digest(token)} and u.deleted_at is null`)
    return row
  }

  /**
   * Makes another successor in place of one that nobody used. Where that may be on its way it leads to the new one, and is
   * void otherwise. Others that led to the old one, as after a fall, lead to the new one while they are within their grace.
   * @param replaced the old one, where it can still be derived
   * @returns nothing when somebody used it, or was given it, in this moment
   */
  const replace = async (
    token: string,
    row: FactsRow,
    { now, replaced, leads }: { readonly now: Date; readonly replaced: string | undefined; readonly leads: boolean },
  ): Promise<RefreshToken | undefined> => {
    const salt = successors.salt()
    const next = successors.of(token, salt)
    const salted = leads && replaced !== undefined ? successors.saltTowards(replaced, next) : null
    const rows = await on.query(sql`
      with s as (select id from auth.sessions where id = ${row.sessionId} for no key update), gone as (
        update auth.refresh_tokens n set void = ${!leads}, used_at = ${leads ? now : null},
          successor_salt = ${salted}, successor = ${leads ? digest(next) : null}
        from s where n.digest = ${row.successor} and n.session_id = s.id and n.used_at is null and not n.void
          and (${leads} or coalesce(n.given_at, n.created_at) < ${later(now, -policy.grace)})
        returning n.session_id
      ), renewed as (
        update auth.refresh_tokens t set successor = ${digest(next)},
          used_at = case when t.digest = ${digest(token)} then ${now} else t.used_at end,
          successor_salt = case when t.digest = ${digest(token)} then ${salt}::bytea end
        from gone where t.session_id = gone.session_id and (t.digest = ${digest(token)}
          or (t.successor = ${row.successor} and t.used_at >= ${later(now, -policy.grace)}))
      )
      insert into auth.refresh_tokens (digest, session_id, parent, created_at)
      select ${digest(next)}::bytea, session_id, ${digest(token)}::bytea, ${now}::timestamptz from gone returning digest`)
    return rows.length === 0 ? undefined : next
  }

  /** The successor of a token that has one: the same again, or another. Nothing when another request came in between. */
  const answer = (
    token: string,
    row: FactsRow,
    decision: 'repeat' | 'reissue' | 'relay',
    now: Date,
  ): Promise<RefreshToken | undefined> => {
    const derived = row.successorSalt === null ? undefined : successors.of(token, row.successorSalt)
    // What follows from another token alone, or was made under another key, cannot be given again.
    const isKnown = derived !== undefined && row.successor !== null && digest(derived).equals(row.successor)
    if (!isKnown || decision !== 'repeat')
      return replace(token, row, { now, replaced: isKnown ? derived : undefined, leads: decision !== 'reissue' })
    const isNoted = row.successorGivenAt !== null && row.successorGivenAt >= now
    return Promise.resolve(isNoted ? derived : undefined)
  }

  return async (
    token: string,
    device: Device,
    { holder, mayBeOlder = false }: Showing = {},
  ): Promise<RotationOutcome> => {
    for (let round = 0; round < rounds; round += 1) {
      const exchanged = await exchange(token, device, holder)
      if (exchanged !== undefined) return exchanged
      const now = runtime.now()
      const row = await facts(token, holder, now)
      if (row === undefined) return { kind: 'unknown' }
      const found = known(row)
      if (!holds(holder, found.session)) return { kind: 'refused', reason: 'foreign', ...found }
      const decision = decideRotation({ ...row, mayBeOlder }, policy, now)
      if (decision === 'rotate') continue
      if (decision === 'overtaken') return { kind: 'unknown' }
      if (decision === 'fall') {
        await fallBack(token, row, now)
        continue
      }
      if (decision !== 'repeat' && decision !== 'reissue' && decision !== 'relay')
        return { kind: 'refused', reason: decision, ...found }
      const refreshToken = await answer(token, row, decision, now)
      if (refreshToken !== undefined) return { kind: 'rotated', ...found, refreshToken }
    }
    return { kind: 'unknown' }
  }
}
