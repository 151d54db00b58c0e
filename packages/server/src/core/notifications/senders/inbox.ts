import type { Outbox } from '../outbox.ts'
import type { Sender } from '../outgoing.ts'

/** Where messages are kept, and the mode that allows it. */
export interface InboxSenderOptions {
  readonly outbox: Pick<Outbox, 'keep'>
  readonly mode: 'development' | 'production'
}

/**
 * Sends nothing: messages stay in the outbox, finished and sealed, for the development inbox to show.
 * @throws Error in production, where people would wait for mail that never comes
 */
export function createInboxSender({ outbox, mode }: InboxSenderOptions): Sender {
  if (mode !== 'development') throw new Error('The inbox is for development. In production, set an SMTP URL.')
  return {
    send: ({ id, to, locale, values, rendered }) => outbox.keep(id, { to, locale, values, rendered }),
  }
}
