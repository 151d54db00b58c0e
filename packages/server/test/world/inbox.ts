import type { Database } from '#src/storage/database.ts'
import { sql } from '#src/storage/sql.ts'

/** A message as the development inbox shows it. */
export interface Message {
  readonly id: string
  readonly at: string
  readonly channel: 'email' | 'sms' | 'whatsapp'
  readonly to: string
  readonly template: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly code: string | null
  readonly link: string | null
}

/** The mail that would have left. */
export interface Inbox {
  /** Newest first. */
  list(to?: string): Promise<Message[]>
  /** The newest message to an address, waited for. @param template only this kind */
  waitFor(to: string, template?: string): Promise<Message>
  /** Whether nothing has come to an address once everything queued has left. */
  staysEmpty(to: string): Promise<boolean>
  clear(): Promise<void>
}

/**
 * Reads `/inbox/messages` of a server, each time after everything queued has left: a message that is still on its way is
 * neither missed nor taken for one that was asked for later.
 */
export function createInbox(url: string, database: Database): Inbox {
  const read = async (to?: string): Promise<Message[]> => {
    const query = to === undefined ? '' : `?to=${encodeURIComponent(to)}`
    const response = await fetch(`${url}/inbox/messages${query}`)
    const body = (await response.json()) as { items: Message[] }
    return body.items
  }
  const list = async (to?: string): Promise<Message[]> => {
    await allLeft(database)
    return read(to)
  }
  return {
    list,
    async waitFor(to, template) {
      for (let tries = 0; tries < 600; tries += 1) {
        const found = (await list(to)).find((message) => template === undefined || message.template === template)
        if (found !== undefined) return found
        await pause(25)
      }
      throw new Error(`no ${template ?? 'message'} came to ${to}`)
    },
    async staysEmpty(to) {
      await pause(300)
      return (await list(to)).length === 0
    },
    async clear() {
      await allLeft(database)
      await fetch(`${url}/inbox/messages`, { method: 'DELETE' })
    },
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Until each message was tried at least once and none is being tried; where none leaves at all, five seconds and more. */
async function allLeft(database: Database): Promise<void> {
  const onTheirWay = sql`
    select 1 from auth.outbox where state = 'waiting' and (attempts = 0 or locked_until is not null) limit 1`
  for (let tries = 0; tries < 500; tries += 1) {
    if ((await database.query(onTheirWay)).length === 0) return
    await pause(10)
  }
}
