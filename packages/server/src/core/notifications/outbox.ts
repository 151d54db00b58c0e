import { later } from '../../base/duration.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { json, type Statement, sql } from '../../storage/sql.ts'
import type { Vault } from '../vault/vault.ts'
import { nextTry } from './next-try.ts'
import type { Channel, ClaimedMessage, DeliveryFailure, Letter, OutboxMessage } from './outgoing.ts'
import type { RenderedMessage } from './render-message.ts'

/** What the outbox works with. */
export interface OutboxNeeds {
  readonly database: Sql
  readonly vault: Pick<Vault, 'seal' | 'open'>
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
}

/** Seconds a taken row belongs to the process that took it; longer than any send may last. */
export const leaseSeconds = 120

/** The door every message leaves through. Rows are sealed: a stolen database shows neither address nor code (S6). */
export interface Outbox {
  /** The rows as one insert, to run alone or as part of a larger statement. Answers `id`. */
  insertion(messages: readonly OutboxMessage[]): Statement
  /** Puts messages in, in the caller's transaction if `within` is one. Answers their ids. */
  enqueue(messages: readonly OutboxMessage[], within?: Sql): Promise<string[]>
  /** Takes up to `limit` messages that are due, each for {@link leaseSeconds}; no other process gets the same. */
  claim(options: { readonly limit: number; readonly channels: readonly Channel[] }): Promise<ClaimedMessage[]>
  /** It left; its content is wiped. Does nothing when the row is no longer ours. */
  markSent(message: Pick<ClaimedMessage, 'id' | 'attempts'>): Promise<void>
  /** It did not leave: put back for later, or given up. Answers which. */
  markFailed(message: ClaimedMessage, failure: Pick<DeliveryFailure, 'kind' | 'reason'>): Promise<'waiting' | 'failed'>
  /** It stays here, finished, to be read in the development inbox. */
  keep(id: string, letter: Letter & { readonly rendered: RenderedMessage }): Promise<void>
}

interface ClaimedRow {
  readonly id: string
  readonly channel: Channel
  readonly template: ClaimedMessage['template']
  readonly payload: Uint8Array | null
  readonly attempts: number
  readonly created_at: Date
  readonly user_id: string | null
}

/** The outbox over its table; `database` may be a transaction. */
export function createOutbox({ database, vault, runtime }: OutboxNeeds): Outbox {
  const insertion = (messages: readonly OutboxMessage[]): Statement => {
    const rows = messages.map((message) => {
      const id = newId(runtime)
      const payload = sealLetter(vault, id, letterOf(message)).toString('base64')
      const state = message.template === 'nothing' ? 'sent' : 'waiting'
      return {
        id,
        channel: message.channel,
        template: message.template,
        payload,
        state,
        user_id: message.userId ?? null,
      }
    })
    const now = runtime.now()
    return sql`
      insert into auth.outbox (id, channel, template, payload, state, next_at, user_id, created_at)
      select id, channel, template, decode(payload, 'base64'), state, ${now}::timestamptz, user_id, ${now}::timestamptz
      from jsonb_to_recordset(${json(rows)}::jsonb) as row(id uuid, channel text, template text, payload text, state text, user_id uuid)
      returning id`
  }

  return {
    insertion,
    async enqueue(messages, within = database) {
      if (messages.length === 0) return []
      const rows = await within.query<{ id: string }>(insertion(messages))
      return rows.map(({ id }) => id)
    },
    async claim({ limit, channels }) {
      if (limit < 1 || channels.length === 0) return []
      const now = runtime.now()
      const rows = await database.query<ClaimedRow>(sql`
        update auth.outbox set attempts = attempts + 1, locked_until = ${later(now, leaseSeconds)}
        where id in (
          select id from auth.outbox
          where state = 'waiting' and next_at <= ${now} and (locked_until is null or locked_until <= ${now})
            and channel = any(${channels}::text[])
          order by next_at limit ${limit} for update skip locked
        )
        returning id, channel, template, payload, attempts, created_at, user_id`)
      return rows.map((row) => claimed(vault, row))
    },
    async markSent({ id, attempts }) {
      await database.query(sql`
        update auth.outbox
        set state = 'sent', sent_at = ${runtime.now()}, payload = null, locked_until = null, last_error = null
        where id = ${id} and state = 'waiting' and attempts = ${attempts}`)
    },
    async markFailed(message, { kind, reason }) {
      const { id, attempts, createdAt, letter } = message
      const expiresAt = letter?.expiresAt === undefined ? undefined : new Date(letter.expiresAt)
      const at = nextTry({ kind, attempts, createdAt, expiresAt, now: runtime.now() })
      const state = at === undefined ? 'failed' : 'waiting'
      await database.query(sql`
        update auth.outbox
        set state = ${state}, next_at = coalesce(${at ?? null}::timestamptz, next_at), locked_until = null, last_error = ${reason}
        where id = ${id} and state = 'waiting' and attempts = ${attempts}`)
      return state
    },
    async keep(id, letter) {
      await database.query(sql`
        update auth.outbox set state = 'inbox', payload = ${sealLetter(vault, id, letter)}, locked_until = null
        where id = ${id} and state = 'waiting'`)
    },
  }
}

function letterOf(message: OutboxMessage): Letter {
  return {
    to: message.to,
    values: message.values,
    ...(message.locale === undefined ? {} : { locale: message.locale }),
    ...(message.requestId === undefined ? {} : { requestId: message.requestId }),
    ...(message.headers === undefined ? {} : { headers: message.headers }),
    ...(message.expiresAt === undefined ? {} : { expiresAt: message.expiresAt.toISOString() }),
  }
}

function claimed(vault: OutboxNeeds['vault'], row: ClaimedRow): ClaimedMessage {
  const { id, channel, template, attempts } = row
  const letter = openLetter(vault, id, row.payload)
  return { id, channel, template, attempts, createdAt: row.created_at, userId: row.user_id ?? undefined, letter }
}

/** Table, row and column are bound in: a payload moved to another row does not open there. */
const contextOf = (id: string): string => `outbox/${id}/payload`

function sealLetter(vault: OutboxNeeds['vault'], id: string, letter: Letter): Buffer {
  return vault.seal(json(letter), contextOf(id))
}

/** What a row keeps, or undefined where it is wiped, damaged or sealed under a key that is not here. */
export function openLetter(vault: OutboxNeeds['vault'], id: string, payload: Uint8Array | null): Letter | undefined {
  if (payload === null) return undefined
  try {
    return JSON.parse(vault.open(payload, contextOf(id)).toString()) as Letter
  } catch {
    return undefined
  }
}
