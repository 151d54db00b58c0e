import { day, later } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { sql } from '../../storage/sql.ts'
import { giveUpAfter } from './next-try.ts'
import { type OutboxNeeds, openLetter } from './outbox.ts'
import type { Channel, ClaimedMessage } from './outgoing.ts'

export type OutboxState = 'waiting' | 'sent' | 'failed' | 'inbox'

/** A row as administrators see it: never with its content. */
export interface OutboxEntry {
  readonly id: string
  readonly channel: Channel
  readonly template: ClaimedMessage['template']
  readonly state: OutboxState
  /** Undefined once the content is wiped. */
  readonly to: string | undefined
  readonly userId: string | undefined
  readonly attempts: number
  readonly lastError: string | undefined
  readonly createdAt: Date
  readonly nextAt: Date
  readonly sentAt: Date | undefined
}

/** Which rows to list; all of them where nothing is said. */
export interface OutboxFilter {
  readonly state?: OutboxState
  readonly template?: string
  readonly userId?: string
  /** Addresses are sealed, so this looks through the newest thousand of the other filters. */
  readonly to?: string
  /** Rows older than this one: the last id of the page before. */
  readonly before?: string
  /** Default 50. */
  readonly limit?: number
}

/** Looking after the outbox. */
export interface OutboxAdmin {
  /** Newest first. */
  list(filter: OutboxFilter): Promise<OutboxEntry[]>
  /** Lets a failed or postponed message go now. @throws Refusal `not_found`; `conflict` when it left or was wiped */
  retry(id: string): Promise<void>
  /** @throws Refusal `not_found` */
  remove(id: string): Promise<void>
  /** Removes everything of one user that has not left yet or still says where it went. */
  forget(userId: string): Promise<void>
  /** Gives up what waited too long and removes, in one small batch, what is kept long enough. Answers how many rows went. */
  purge(): Promise<number>
  /** How many messages wait and since when, for health and metrics. */
  depth(): Promise<{ readonly waiting: number; readonly oldest: Date | undefined }>
}

interface Row {
  readonly id: string
  readonly channel: Channel
  readonly template: ClaimedMessage['template']
  readonly state: OutboxState
  readonly payload: Uint8Array | null
  readonly user_id: string | null
  readonly attempts: number
  readonly last_error: string | null
  readonly created_at: Date
  readonly next_at: Date
  readonly sent_at: Date | null
}

const keepSent = 7 * day
const keepFailed = 30 * day
const batch = 500

/** The same table as {@link createOutbox}, from the side of those who look after it. */
export function createOutboxAdmin({ database, vault, runtime }: OutboxNeeds): OutboxAdmin {
  const read = (filter: OutboxFilter, limit: number): Promise<Row[]> => {
    const { state = null, template = null, userId = null, before = null } = filter
    if ((userId !== null && !isUuid(userId)) || (before !== null && !isUuid(before))) return Promise.resolve([])
    return database.query<Row>(sql`
      select id, channel, template, state, payload, user_id, attempts, last_error, created_at, next_at, sent_at
      from auth.outbox
      where (${state}::text is null or state = ${state}) and (${template}::text is null or template = ${template})
        and (${userId}::uuid is null or user_id = ${userId}) and (${before}::uuid is null or id < ${before})
      order by id desc limit ${limit}`)
  }

  return {
    async list(filter) {
      const limit = filter.limit ?? 50
      const rows = await read(filter, filter.to === undefined ? limit : 1_000)
      const entries = rows.map((row) => entryOf(row, openLetter(vault, row.id, row.payload)?.to))
      return filter.to === undefined ? entries : entries.filter(({ to }) => to === filter.to).slice(0, limit)
    },
    async retry(id) {
      const now = runtime.now()
      const rows = isUuid(id)
        ? await database.query<{ ready: boolean }>(sql`
            with found as (select id, payload is not null and state in ('waiting', 'failed') as ready from auth.outbox where id = ${id}),
            changed as (
              update auth.outbox set state = 'waiting', next_at = ${now}, attempts = 0
              where id in (select id from found where ready) and (locked_until is null or locked_until <= ${now})
            )
            select ready from found`)
        : []
      if (rows[0] === undefined) throw new Refusal('not_found')
      if (!rows[0].ready) throw new Refusal('conflict', { message: 'This message has left and cannot be sent again.' })
    },
    async remove(id) {
      const rows = isUuid(id) ? await database.query(sql`delete from auth.outbox where id = ${id} returning id`) : []
      if (rows.length === 0) throw new Refusal('not_found')
    },
    async forget(userId) {
      await database.query(sql`delete from auth.outbox where user_id = ${userId} and template <> 'account_deleted'`)
    },
    async purge() {
      const now = runtime.now()
      await database.query(sql`
        update auth.outbox set state = 'failed', last_error = coalesce(last_error, 'nobody_sends_this')
        where state = 'waiting' and next_at < ${later(now, -giveUpAfter)}
          and (locked_until is null or locked_until <= ${now})`)
      const gone = await database.query(sql`
        delete from auth.outbox where id in (
          select id from auth.outbox
          where (state = 'sent' and sent_at < ${later(now, -keepSent)})
            or (state in ('failed', 'inbox') and created_at < ${later(now, -keepFailed)})
          limit ${batch} for update skip locked
        ) returning id`)
      return gone.length
    },
    async depth() {
      const [row] = await database.query<{ waiting: number; oldest: Date | null }>(
        sql`select count(*)::int as waiting, min(created_at) as oldest from auth.outbox where state = 'waiting'`,
      )
      return { waiting: row?.waiting ?? 0, oldest: row?.oldest ?? undefined }
    },
  }
}

function entryOf(row: Row, to: string | undefined): OutboxEntry {
  const { id, channel, template, state, attempts } = row
  return {
    id,
    channel,
    template,
    state,
    to,
    userId: row.user_id ?? undefined,
    attempts,
    lastError: row.last_error ?? undefined,
    createdAt: row.created_at,
    nextAt: row.next_at,
    sentAt: row.sent_at ?? undefined,
  }
}
