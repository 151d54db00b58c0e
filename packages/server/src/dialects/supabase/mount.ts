import type { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { limited } from '../../gate/limited.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import type { Mount, Route } from '../../http/route.ts'
import { createSupabase, type Supabase, type SupabaseOptions } from './dialect.ts'
import { wellKnownRoutes } from './oauth-routes.ts'
import { errorPresenter, wireOf } from './present-error.ts'
import { supabaseRoutes } from './routes.ts'
import { perhapsSignedIn, postUsersRow } from './users-table.ts'

/**
 * Pages may send what they like: applications give their client headers of their own, and the gateway that stands before
 * upstream lets all of them pass. Nothing comes along by itself, so none of them opens anything.
 */
const cors = {
  kind: 'any',
  requestHeaders: 'any',
  exposedHeaders: ['x-total-count', 'link', 'x-supabase-api-version'],
} as const satisfies CorsPolicy

/** The dialect of Supabase's clients. Any origin may call: they send no cookies, and credentials are never allowed. */
export function supabaseMounts(core: Core, options: SupabaseOptions): Mount[] {
  const at = createSupabase(core, options)
  const presentError = errorPresenter(core.settings)
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
    ...(options.usersTable === false || !options.path.endsWith(authEnding) ? [] : [usersTable(at, options.path)]),
  ]
}

/** The same at the root, but for what the server itself answers there: whether it is well, its keys and its metadata. */
function atRoot(main: Mount): Mount {
  const isServers = ({ path }: Route) => path === '/health' || path.startsWith('/.well-known/')
  return { ...main, name: 'supabase-root', base: '', routes: main.routes.filter((route) => !isServers(route)) }
}

const authEnding = '/auth/v1'

/** The one table that `altan-auth` writes to, where clients look for it: beside the other mount. */
function usersTable(at: Supabase, path: string): Mount {
  return {
    name: 'supabase-users',
    base: `${path.slice(0, -authEnding.length)}/rest/v1`,
    routes: [
      {
        method: 'POST',
        path: '/users',
        gates: [limited(at.core, 'public'), perhapsSignedIn(at)],
        handle: postUsersRow(at),
      },
    ],
    presentError: presentRowError,
    cors: { ...cors, exposedHeaders: [] },
    requireJson: true,
    trailingSlash: 'strict',
  }
}

/** In the form of PostgREST, which these clients read there. */
function presentRowError(refusal: Refusal): Answer {
  const { status, code, message } = wireOf(refusal, undefined)
  return json(status, { code, message, details: null, hint: null })
}
