import { Refusal } from '../base/errors.ts'
import type { Runtime } from '../base/runtime.ts'
import type { Answer } from './answer.ts'
import type { Arrival, Peer } from './arrival.ts'
import { arrivalOf } from './arrival.ts'
import type { BodyLimits } from './body.ts'
import { defaultBodyLimits } from './body.ts'
import type { Client } from './client-address.ts'
import { createClientAddresses } from './client-address.ts'
import { corsFields, preflightFields } from './cors.ts'
import { type Exchange, LiveExchange } from './exchange.ts'
import { presentPlainly } from './plain-error.ts'
import { createRequestIds } from './request-ids.ts'
import type { Mount } from './route.ts'
import type { Entry, Place } from './router.ts'
import { createRouter } from './router.ts'
import type { SentAnswer } from './sent-answer.ts'
import { responseOf, sentAnswer } from './sent-answer.ts'

/** What is known about a request once its answer is made. */
export interface Finished {
  readonly mount: string | undefined
  /** The route's name, or its method and path. */
  readonly route: string | undefined
  readonly method: string
  readonly status: number
  /** Milliseconds from taking it up to having the answer; sending is not in it. */
  readonly ms: number
  readonly requestId: string
  readonly client: Client
}

export interface AppSettings {
  readonly mounts: readonly Mount[]
  readonly runtime: Runtime
  /** The public origin, `https://auth.example.test`: base of `exchange.url`; https turns HSTS on. */
  readonly origin: string
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed; default none (S120). */
  readonly proxies?: readonly string[]
  readonly bodyLimits?: Partial<BodyLimits>
  /** A page in the place of a refusal, for a person who looks at it; `undefined` leaves the answer as it is. */
  refusalPage?(refused: Answer, exchange: Exchange): Answer | undefined
  /** Called once per request; what it throws is logged and goes no further. */
  onFinished?(facts: Finished): void
}

export interface App {
  /** Answers one request; refusals and faults become answers too. */
  fetch(request: Request, peer?: Peer): Promise<Response>
  /** The same for servers that hand over requests in their own form, without the cost of `Request` and `Response`. */
  answer(arrival: Arrival): Promise<SentAnswer>
  /** Whether the path is a route's or lies under a mount's base: for hosts that have routes of their own. */
  claims(path: string): boolean
}

interface Target {
  readonly place: Place | undefined
  readonly entry: Entry | undefined
  readonly mount: Mount | undefined
}

function entryFor(place: Place | undefined, method: string): Entry | undefined {
  if (!place) return undefined
  if (method !== 'HEAD') return place.get(method)
  const get = place.get('GET')
  return get?.route.safe ? get : undefined
}

function allowOf(place: Place): string {
  const methods: string[] = [...place.keys()]
  if (place.get('GET')?.route.safe) methods.push('HEAD')
  return [...methods, 'OPTIONS'].join(', ')
}

function firstMount(place: Place | undefined): Mount | undefined {
  for (const entry of place?.values() ?? []) return entry.mount
  return undefined
}

async function handle(target: Target, exchange: LiveExchange): Promise<Answer> {
  const { entry, place } = target
  if (!place) throw new Refusal('not_found')
  if (!entry) {
    exchange.addHeader('allow', allowOf(place))
    throw new Refusal('method_not_allowed')
  }
  for (const gate of entry.route.gates ?? []) {
    const passing = gate(exchange)
    if (passing) await passing
  }
  exchange.checkBodyKind()
  return entry.route.handle(exchange)
}

/** A path that no route has. */
const nowhere: Place = new Map()

function preflightAnswer(target: Target, exchange: LiveExchange, place: Place): SentAnswer['headers'] {
  const asked = exchange.header('access-control-request-method')
  const origin = exchange.header('origin')
  const allow = place.size === 0 ? {} : { allow: allowOf(place) }
  const headers = { ...allow, vary: 'Access-Control-Request-Method, Access-Control-Request-Headers' }
  const mount = (asked && place.get(asked)?.mount) || target.mount
  if (asked === undefined || origin === undefined || !mount) return headers
  const preflight = { origin, method: asked, headers: exchange.header('access-control-request-headers') ?? '' }
  const methods = mount.preflights === 'all' ? [asked] : [...place.keys()]
  return { ...headers, ...preflightFields(mount.cors, preflight, methods) }
}

/** The application: every mount's routes behind one function. @throws Error when the route tables contradict each other. */
export function createApp(settings: AppSettings): App {
  const { runtime } = settings
  const router = createRouter(settings.mounts)
  const https = settings.origin.startsWith('https://')
  const exchangeSetting = {
    runtime,
    nextRequestId: createRequestIds(runtime),
    origin: settings.origin,
    addresses: createClientAddresses(settings.proxies),
    bodyLimits: { ...defaultBodyLimits, ...settings.bodyLimits },
  }

  const send = (answer: Answer, target: Target, exchange: LiveExchange): SentAnswer =>
    sentAnswer(answer, {
      requestId: exchange.requestId,
      https,
      cors: target.mount && corsFields(target.mount.cors, exchange.header('origin')),
      added: exchange.addedHeaders,
      bodiless: exchange.method === 'HEAD',
    })

  const refuse = (error: unknown, target: Target, exchange: LiveExchange): SentAnswer => {
    const refusal = error instanceof Refusal ? error : new Refusal('unexpected_failure', { cause: error })
    const { requestId, routeName: route } = exchange
    if (refusal !== error) runtime.log.error({ requestId, route, err: error }, 'a request failed')
    if (refusal.retryAfter !== undefined) exchange.addHeader('retry-after', String(refusal.retryAfter))
    const { mount } = target
    try {
      const refused = mount ? mount.presentError(refusal, exchange) : presentPlainly(refusal, exchange)
      return send(settings.refusalPage?.(refused, exchange) ?? refused, target, exchange)
    } catch (err) {
      runtime.log.error({ requestId, route, err }, 'an error could not be presented')
      return send(presentPlainly(new Refusal('unexpected_failure'), exchange), target, exchange)
    }
  }

  const respond = async (target: Target, exchange: LiveExchange): Promise<SentAnswer> => {
    const place = target.place ?? (target.mount?.preflights === 'all' ? nowhere : undefined)
    if (exchange.method === 'OPTIONS' && place) {
      const headers = preflightAnswer(target, exchange, place)
      return sentAnswer(
        { status: 204, headers },
        { requestId: exchange.requestId, https, cors: undefined, added: undefined, bodiless: true },
      )
    }
    try {
      return send(await handle(target, exchange), target, exchange)
    } catch (error) {
      return refuse(error, target, exchange)
    }
  }

  const finish = (exchange: LiveExchange, status: number): void => {
    if (!settings.onFinished) return
    const { mountName: mount, routeName: route, method, requestId, client } = exchange
    const ms = Math.max(0, runtime.now().getTime() - exchange.startedAt.getTime())
    try {
      settings.onFinished({ mount, route, method, status, ms, requestId, client })
    } catch (err) {
      runtime.log.error({ requestId, err }, 'counting a request failed')
    }
  }

  const answer = async (arrival: Arrival): Promise<SentAnswer> => {
    const end = arrival.target.indexOf('?')
    const path = end === -1 ? arrival.target : arrival.target.slice(0, end)
    const found = router.find(path)
    const entry = entryFor(found?.place, arrival.method)
    const mount = entry?.mount ?? firstMount(found?.place) ?? router.ownerOf(path)
    const located = { entry, values: found?.values ?? [], mountName: mount?.name, path }
    const exchange = new LiveExchange(arrival, exchangeSetting, located)
    const sent = await respond({ place: found?.place, entry, mount }, exchange)
    finish(exchange, sent.status)
    return sent
  }

  return {
    answer,
    fetch: async (request, peer) => responseOf(await answer(arrivalOf(request, peer))),
    claims: (path) => router.find(path) !== undefined || router.ownerOf(path) !== undefined,
  }
}
