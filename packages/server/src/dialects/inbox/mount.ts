import { readFile } from 'node:fs/promises'
import type { InboxMessages } from '../../core/notifications/inbox-messages.ts'
import { presentPlainly } from '../../http/plain-error.ts'
import type { Mount } from '../../http/route.ts'
import { inboxRoutes } from './routes.ts'

export interface InboxMountNeeds {
  readonly inbox: InboxMessages
  /** The server's own origin; its host may ask for the inbox, as may this machine and its containers. */
  readonly publicUrl: string
  /** Default `/inbox`. */
  readonly base?: string
}

/**
 * The development inbox: a page that shows the mails and texts that were caught, and the same as JSON for tests.
 * Whoever mounts it makes sure that this is no production server: it shows every code and link there is.
 */
export async function createInboxMount({ inbox, publicUrl, base = '/inbox' }: InboxMountNeeds): Promise<Mount> {
  const asset = (file: string) => readFile(new URL(file, import.meta.url), 'utf8')
  const [script, style] = await Promise.all([asset('./inbox.js'), asset('./inbox.css')])
  return {
    name: 'inbox',
    base,
    routes: inboxRoutes({
      inbox,
      script,
      style,
      publicHost: new URL(publicUrl).host,
      folder: base.split('/').at(-1) ?? '',
    }),
    presentError: presentPlainly,
    cors: { kind: 'none' },
    requireJson: true,
    trailingSlash: 'strict',
  }
}
