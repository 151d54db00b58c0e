import type { Core } from '../../core/core.ts'
import type { Mount } from '../../http/route.ts'
import { createSupabase, type SupabaseOptions } from './dialect.ts'
import { wellKnownRoutes } from './oauth-routes.ts'
import { errorPresenter } from './present-error.ts'
import { supabaseRoutes } from './routes.ts'

/** What pages of the clients send; the first nine are upstream's and its gateway's. */
const requestHeaders = [
  ...['accept', 'authorization', 'content-type', 'x-client-ip', 'x-client-info', 'x-jwt-aud', 'x-use-cookie'],
  ...['x-supabase-api-version', 'apikey', 'traceparent', 'tracestate', 'baggage', 'x-region', 'prefer'],
]

const exposedHeaders = ['x-total-count', 'link', 'x-supabase-api-version']

/** The dialect of Supabase's clients. Any origin may call: they send no cookies, and credentials are never allowed. */
export function supabaseMounts(core: Core, options: SupabaseOptions): Mount[] {
  const at = createSupabase(core, options)
  const presentError = errorPresenter(core.settings)
  return [
    {
      name: 'supabase-metadata',
      base: '',
      routes: wellKnownRoutes(at, options.path),
      presentError,
      cors: { kind: 'any', requestHeaders, exposedHeaders },
      requireJson: true,
      trailingSlash: 'strict',
    },
    {
      name: 'supabase',
      base: options.path,
      routes: supabaseRoutes(at),
      presentError,
      cors: { kind: 'any', requestHeaders, exposedHeaders },
      requireJson: true,
      trailingSlash: 'accept',
    },
  ]
}
