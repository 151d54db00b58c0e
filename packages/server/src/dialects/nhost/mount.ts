import type { Core } from '../../core/core.ts'
import type { Mount, Route } from '../../http/route.ts'
import { createNhost, type NhostOptions } from './dialect.ts'
import { oauthRoutes, wellKnownRoutes } from './oauth-routes.ts'
import { errorPresenter } from './present-error.ts'
import { nhostRoutes } from './routes.ts'
import { getProbe } from './service.ts'

/** The version of the upstream server whose wire this dialect speaks; ours is nobody's business (S112). */
const upstreamVersion = '0.48.0'

/** The dialect of Nhost's clients. Any origin may call: they send no cookies, and credentials are never allowed. */
export function nhostMounts(core: Core, options: NhostOptions): Mount[] {
  const at = createNhost(core, options, upstreamVersion)
  const mount = {
    presentError: errorPresenter(at.options),
    cors: { kind: 'any', requestHeaders: 'any', maxAge: 86_400 },
    preflights: 'all',
    requireJson: 'of_bodies',
    trailingSlash: 'accept',
  } as const
  const probe: Route = { method: 'GET', path: '/healthz', safe: true, handle: getProbe() }
  return [
    { ...mount, name: 'nhost-metadata', base: '', routes: [...wellKnownRoutes(at), probe] },
    { ...mount, name: 'nhost', base: options.path, routes: [...nhostRoutes(at), ...oauthRoutes(at)] },
  ]
}
