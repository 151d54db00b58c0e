import type { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { discovery } from '../../core/tokens/discovery.ts'
import { type Answer, json, text } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import { presentPlainly } from '../../http/plain-error.ts'
import type { Mount, Route } from '../../http/route.ts'

export interface ServiceNeeds {
  readonly core: Core
  /** Where each check is made; a name and whether it is well. */
  readonly checks: () => Promise<Readonly<Record<string, boolean>>>
  /** Absent where metrics are served elsewhere or not at all. */
  readonly metrics?: {
    readonly render: () => Promise<string>
    readonly contentType: string
    mayRead(authorization: string | undefined): boolean
  }
}

const publicFor = { 'cache-control': 'public, max-age=600' }

/** What stands at the root whatever dialects are spoken: is it alive, is it ready, its keys, its numbers. */
export function serviceMount(needs: ServiceNeeds): Mount {
  const { core, metrics } = needs
  const routes: Route[] = [
    { method: 'GET', path: '/health', safe: true, handle: () => json(200, { status: 'ok' }) },
    { method: 'GET', path: '/ready', safe: true, handle: () => ready(needs) },
    {
      method: 'GET',
      path: '/.well-known/jwks.json',
      safe: true,
      handle: async () => json(200, await core.signingKeys.jwks(), publicFor),
    },
    {
      method: 'GET',
      path: '/.well-known/openid-configuration',
      safe: true,
      handle: () => json(200, discovery(core.settings), publicFor),
    },
  ]
  if (metrics !== undefined)
    routes.push({ method: 'GET', path: '/metrics', handle: (exchange) => showMetrics(metrics, exchange) })
  return {
    name: 'service',
    base: '',
    routes,
    presentError: (refusal: Refusal, exchange: Exchange): Answer => presentPlainly(refusal, exchange),
    cors: { kind: 'any', requestHeaders: [], exposedHeaders: [] },
    requireJson: false,
    trailingSlash: 'strict',
  }
}

async function ready({ checks }: ServiceNeeds): Promise<Answer> {
  const found = await checks()
  const well = Object.values(found).every(Boolean)
  const shown = Object.fromEntries(Object.entries(found).map(([name, fine]) => [name, fine ? 'ok' : 'unavailable']))
  return json(well ? 200 : 503, { status: well ? 'ok' : 'unavailable', checks: shown })
}

async function showMetrics(metrics: NonNullable<ServiceNeeds['metrics']>, exchange: Exchange): Promise<Answer> {
  if (!metrics.mayRead(exchange.header('authorization')))
    return json(404, { code: 'not_found', message: 'There is nothing here.', requestId: exchange.requestId })
  return text(200, await metrics.render(), { 'content-type': metrics.contentType })
}
