import type { InboxMessage } from '../../core/notifications/inbox-messages.ts'

/** A message as the inbox's JSON shows it: every field there, `null` when empty. */
export interface PresentedMessage {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly channel: string
  readonly to: string
  readonly template: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly code: string | null
  readonly link: string | null
}

export function presentMessage(message: InboxMessage): PresentedMessage {
  const { at, code = null, link = null, ...rest } = message
  return { ...rest, at: at.toISOString(), code, link }
}

/** The mail's own document, with its links opening beside the inbox and not in its frame. */
export function previewHtml({ html }: Pick<InboxMessage, 'html'>): string {
  const head = /<head[^<>]{0,200}>/i.exec(html.slice(0, 4096))
  const at = head === null ? 0 : head.index + head[0].length
  return `${html.slice(0, at)}<base target="_blank">${html.slice(at)}`
}
