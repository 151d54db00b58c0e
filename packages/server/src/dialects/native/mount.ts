import type { Core } from '../../core/core.ts'
import { json } from '../../http/answer.ts'
import type { Mount, Route } from '../../http/route.ts'
import { createNative, type Documents, type Native, type NativeOptions } from './dialect.ts'
import { docsPage } from './docs-page.ts'
import { presentError } from './errors.ts'
import { gatesFor } from './gates.ts'
import { openApiOf } from './openapi.ts'
import type { Operation } from './operation.ts'
import { developmentSection, type Section, sections } from './routes.ts'

/** Request headers a page may send, and answer headers it may read. */
const requestHeaders = [
  ...['authorization', 'content-type', 'watchword-key', 'watchword-session', 'accept-language', 'last-event-id'],
]
const exposedHeaders = ['retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'x-request-id']

/** Everything the server can do, at one path. */
export function nativeMounts(core: Core, options: NativeOptions): Mount[] {
  const { settings } = core
  const hasInbox = settings.environment === 'development' && options.inbox !== undefined
  const table = hasInbox ? [...sections, developmentSection] : sections
  const native = createNative(core, options, documentsOf(table, settings.publicUrl + options.path, settings.name))
  return [
    {
      name: 'native',
      base: options.path,
      routes: table.flatMap(({ operations }) => operations.map((operation) => routeOf(native, operation))),
      presentError: (error, exchange) => presentError(native, error, exchange),
      cors: {
        kind: 'listed',
        allows: native.allowsOrigin,
        credentials: true,
        requestHeaders,
        exposedHeaders,
      },
      requireJson: true,
      trailingSlash: 'strict',
    },
  ]
}

function routeOf(native: Native, operation: Operation): Route {
  const { method, path, body, takesForm, bodyLimits, leavesTrace } = operation
  return {
    method,
    path,
    gates: gatesFor(native, operation),
    handle: (exchange) => operation.run(native, exchange),
    body: body === undefined ? (takesForm === true ? 'form' : 'none') : takesForm === true ? 'json-or-form' : 'json',
    ...(bodyLimits === undefined ? {} : { bodyLimits }),
    ...(method === 'GET' && leavesTrace !== true ? { safe: true as const } : {}),
  }
}

/** Made when first asked for: most servers never are. */
function documentsOf(table: readonly Section[], url: string, name: string): Documents {
  const kept: { document?: unknown; page?: ReturnType<typeof docsPage> } = {}
  return {
    openApi() {
      kept.document ??= openApiOf(table, { url, name })
      return json(200, kept.document, { 'cache-control': 'public, max-age=300' })
    },
    page() {
      kept.page ??= docsPage(table, { url, name })
      return kept.page
    },
  }
}
