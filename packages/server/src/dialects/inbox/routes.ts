import { isUuid } from '../../base/encoding.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import type { InboxFilter, InboxMessages } from '../../core/notifications/inbox-messages.ts'
import { type Answer, json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Route } from '../../http/route.ts'
import { knownHost } from './known-host.ts'
import { inboxPage } from './page.ts'
import { presentMessage, previewHtml } from './present.ts'

export interface InboxRouteNeeds {
  readonly inbox: InboxMessages
  readonly script: string
  readonly style: string
  readonly publicHost: string
  /** Last segment of the base: what the page's own addresses begin with. */
  readonly folder: string
}

/** The routes below `/inbox`. */
export function inboxRoutes({ inbox, script, style, publicHost, folder }: InboxRouteNeeds): readonly Route[] {
  const gates = [knownHost(publicHost)]
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, gates, safe: true, handle })
  return [
    get('', () => inboxPage(folder)),
    get('/inbox.js', () => asset('text/javascript', script)),
    get('/inbox.css', () => asset('text/css', style)),
    get('/messages', async (exchange) => {
      const messages = await inbox.list(filterOf(exchange))
      return json(200, { items: messages.map(presentMessage), nextCursor: null })
    }),
    get('/messages/:id/html', async (exchange) => {
      const message = await inbox.get(exchange.param('id'))
      if (message === undefined) throw new Refusal('not_found')
      return preview(previewHtml(message))
    }),
    {
      method: 'DELETE',
      path: '/messages',
      gates,
      async handle() {
        await inbox.clear()
        return noContent()
      },
    },
  ]
}

function asset(type: string, text: string): Answer {
  return { status: 200, text, headers: { 'content-type': type, 'cache-control': 'no-cache' } }
}

function filterOf(exchange: Exchange): InboxFilter {
  const to = exchange.query.one('to')
  const after = exchange.query.one('after')
  if (after !== undefined && !isUuid(after) && Number.isNaN(Date.parse(after))) {
    throw invalid('after', 'must be the id of a message or a time in ISO 8601')
  }
  return { ...(to === undefined ? {} : { to }), ...(after === undefined ? {} : { after }) }
}

// A mail is foreign content: it runs nothing, fetches nothing, has an origin of its own and is shown in our page alone.
const previewPolicy = [
  'sandbox allow-popups allow-popups-to-escape-sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "form-action 'none'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "object-src 'none'",
].join('; ')

function preview(html: string): Answer {
  return { status: 200, html, headers: { 'content-security-policy': previewPolicy } }
}
