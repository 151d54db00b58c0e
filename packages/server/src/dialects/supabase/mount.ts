import type { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { limited } from '../../gate/limited.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Mount, Route } from '../../http/route.ts'
import { createSupabase, type Supabase, type SupabaseOptions } from './dialect.ts'
import { wellKnownRoutes } from './oauth-routes.ts'
import { errorPresenter, wireOf } from './present-error.ts'
import { supabaseRoutes } from './routes.ts'
import { perhapsSignedIn, postUsersRow } from './users-table.ts'

/** What pages of the clients send; the first nine are upstream's and its gateway's. */
const clientHeaders = [
  ...['accept', 'authorization', 'content-type', 'x-client-ip', 'x-client-info', 'x-jwt-aud', 'x-use-cookie'],
  ...['x-supabase-api-version', 'apikey', 'traceparent', 'tracestate', 'baggage', 'x-region', 'prefer'],
  'x-retry-count',
  'sentry-trace',
  // Clients of the Model Context Protocol send it with everything, the metadata first.
  'mcp-protocol-version',
]

/** Any origin may call: they send no cookies, and credentials are never allowed. */
const corsOf = ({ requestHeaders = [] }: SupabaseOptions) => ({
  kind: 'any' as const,
  requestHeaders: [...clientHeaders, ...requestHeaders.map((name) => name.toLowerCase())],
  exposedHeaders: ['x-total-count', 'link', 'x-supabase-api-version'],
})

/** The dialect of Supabase's clients. */
export function supabaseMounts(core: Core, options: SupabaseOptions): Mount[] {
  const at = createSupabase(core, options)
  const presentError = errorPresenter(core.settings)
  const cors = corsOf(options)
  const main: Mount = {
    name: 'supabase',
    base: options.path,
    routes: supabaseRoutes(at),
    presentError,
    cors,
    requireJson: 'of_bodies',
    trailingSlash: 'accept',
  }
  return [
    {
      name: 'supabase-metadata',
      base: '',
      routes: wellKnownRoutes(at, options.path),
      presentError,
      cors,
      requireJson: true,
      trailingSlash: 'strict',
    },
    main,
    ...(options.root === true ? [atRoot(main)] : []),
    ...(options.usersTable === false || !options.path.endsWith(authEnding) ? [] : [usersTable(at, options)]),
  ]
}

/** The same at the root, but for what the server itself answers there: whether it is well, its keys and its metadata. */
function atRoot(main: Mount): Mount {
  const isServers = ({ path }: Route) => path === '/health' || path.startsWith('/.well-known/')
  return { ...main, name: 'supabase-root', base: '', routes: main.routes.filter((route) => !isServers(route)) }
}

const authEnding = '/auth/v1'

/** The one table that `altan-auth` writes to, where clients look for it: beside the other mount. */
function usersTable(at: Supabase, options: SupabaseOptions): Mount {
  const cors = corsOf(options)
  return {
    name: 'supabase-users',
    base: `${options.path.slice(0, -authEnding.length)}/rest/v1`,
    routes: [
      {
        method: 'POST',
        path: '/users',
        gates: [limited(at.core, 'public'), perhapsSignedIn(at)],
        handle: postUsersRow(at),
      },
    ],
    presentError: presentRowError,
    cors: {
      ...cors,
      requestHeaders: [...cors.requestHeaders, 'accept-profile', 'content-profile'],
      exposedHeaders: [],
    },
    requireJson: true,
    trailingSlash: 'strict',
  }
}

/** In the form of PostgREST, which these clients read there. */
function presentRowError(refusal: Refusal): Answer {
  const { status, code, message } = wireOf(refusal, undefined)
  return json(status, { code, message, details: null, hint: null })
}
