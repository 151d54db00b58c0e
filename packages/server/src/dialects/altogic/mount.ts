import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { originList } from '../../http/cors.ts'
import type { Gate, Mount, Route } from '../../http/route.ts'
import { type AltogicOptions, authBase, channelBase, createAltogic, recordBase, restBase } from './dialect.ts'
import { presentError } from './present-error.ts'
import { altogicRoutes, channelRoutes, recordRoutes, unknown } from './routes.ts'
import { socialRoutes } from './social.ts'

const requestHeaders = ['content-type', 'session', 'x-client', 'x-client-key', 'authorization', 'watchword-captcha']

/** Of several apps at one server, the one whose routes these are stands in front of them; here there is one. */
const environment: Gate = (exchange) => {
  if (!/^e:[\w-]{1,64}$/i.test(exchange.param('environment'))) throw new Refusal('not_found')
}

/** Whether pages of an origin may call. */
export function originRule({ settings, redirects }: Pick<Core, 'settings' | 'redirects'>): (origin: string) => boolean {
  const listed = originList(settings.corsOrigins)
  return (origin) => listed(origin) || redirects.allowsOrigin(origin)
}

/** The dialect of Altogic's clients. They send cookies along, so pages are those of the site and of listed origins. */
export function altogicMounts(core: Core, options: AltogicOptions): Mount[] {
  const allowsOrigin = originRule(core)
  const at = createAltogic(core, options)
  const routes = altogicRoutes(at, allowsOrigin)
  const records = recordRoutes(at, allowsOrigin)
  const channels = channelRoutes(at)
  // Storage, caches and queues, of which there are none here.
  const others = unknown(at)
  const base = options.path.slice(0, -authBase.length)
  const common = {
    presentError,
    cors: { kind: 'listed', allows: allowsOrigin, credentials: true, requestHeaders },
    // Calls without a payload declare no type.
    requireJson: false,
    trailingSlash: 'accept',
  } as const
  return [
    { ...common, name: 'altogic', base: options.path, routes },
    { ...common, name: 'altogic-record', base: base + recordBase, routes: records },
    { ...common, name: 'altogic-channel', base: base + channelBase, routes: channels },
    { ...common, name: 'altogic-others', base: base + restBase, routes: others },
    {
      ...common,
      name: 'altogic-environment',
      base,
      routes: [
        ...routes.map(inEnvironment(authBase)),
        ...records.map(inEnvironment(recordBase)),
        ...channels.map(inEnvironment(channelBase)),
        ...others.map(inEnvironment(restBase)),
      ],
    },
    { ...common, name: 'altogic-social', base, routes: socialRoutes(at), cors: { kind: 'none' } },
  ]
}

const inEnvironment =
  (base: string) =>
  (route: Route): Route => {
    const { path, gates = [] } = route
    return { ...route, path: `/:environment${base}${path}`, gates: [environment, ...gates] }
  }
