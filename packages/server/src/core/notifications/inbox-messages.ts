import { isUuid } from '../../base/encoding.ts'
import { sql } from '../../storage/sql.ts'
import { type OutboxNeeds, openLetter } from './outbox.ts'
import type { MessageChannel } from './outgoing.ts'
import type { TemplateName } from './templates/template-names.ts'

/** A message that development caught instead of sending it. */
export interface InboxMessage {
  readonly id: string
  readonly at: Date
  readonly channel: MessageChannel
  readonly to: string
  readonly template: TemplateName
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly code: string | undefined
  readonly link: string | undefined
}

/** Which messages to show; all of them where nothing is said. */
export interface InboxFilter {
  /** The address, exactly, in any case. */
  readonly to?: string
  /** Messages newer than this: the id of one, or a time in ISO 8601. */
  readonly after?: string
  /** Default 200. */
  readonly limit?: number
}

/** The development inbox: what the rows in state `inbox` hold. */
export interface InboxMessages {
  /** Newest first. */
  list(filter?: InboxFilter): Promise<InboxMessage[]>
  /** Undefined when there is none. */
  get(id: string): Promise<InboxMessage | undefined>
  clear(): Promise<void>
}

interface Row {
  readonly id: string
  readonly channel: MessageChannel
  readonly template: TemplateName
  readonly payload: Uint8Array | null
  readonly created_at: Date
}

/** The inbox over the rows of the outbox. */
export function createInboxMessages({ database, vault }: Omit<OutboxNeeds, 'runtime'>): InboxMessages {
  const opened = (row: Row): InboxMessage | undefined => {
    const letter = openLetter(vault, row.id, row.payload)
    if (letter?.rendered === undefined) return undefined
    const { code, link } = letter.values
    const { subject, text, html } = letter.rendered
    const { id, channel, template } = row
    return { id, at: row.created_at, channel, to: letter.to, template, subject, text, html, code, link }
  }
  return {
    async list({ to, after, limit = 200 } = {}) {
      const afterId = isUuid(after) ? after : null
      const afterTime = afterId === null ? timeOf(after) : null
      const rows = await database.query<Row>(sql`
        select id, channel, template, payload, created_at from auth.outbox
        where state = 'inbox' and (${afterId}::uuid is null or id > ${afterId})
          and (${afterTime}::timestamptz is null or created_at > ${afterTime})
        order by created_at desc, id desc limit 1000`)
      const wanted = to?.toLowerCase()
      const messages = rows.map(opened).filter((message) => message !== undefined)
      return messages.filter((message) => wanted === undefined || message.to.toLowerCase() === wanted).slice(0, limit)
    },
    async get(id) {
      if (!isUuid(id)) return undefined
      const [row] = await database.query<Row>(
        sql`select id, channel, template, payload, created_at from auth.outbox where id = ${id} and state = 'inbox'`,
      )
      return row === undefined ? undefined : opened(row)
    },
    async clear() {
      await database.query(sql`delete from auth.outbox where state = 'inbox'`)
    },
  }
}

function timeOf(text: string | undefined): Date | null {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? null : new Date(time)
}
