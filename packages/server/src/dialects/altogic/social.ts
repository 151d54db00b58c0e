import { Refusal } from '../../base/errors.ts'
import {
  beginWithProvider,
  finishWithProvider,
  type ProviderEnd,
  parkAnswer,
} from '../../flows/sign-in/with-provider.ts'
import { flowCookie, flowOf, singles, underPublicName } from '../../gate/flow-cookie.ts'
import { limited } from '../../gate/limited.ts'
import { type Answer, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate, Handler, Route } from '../../http/route.ts'
import { type Altogic, authBase } from './dialect.ts'
import { home } from './home.ts'
import { wireOf } from './present-error.ts'

const action = 'oauth-signin'

/** Of several apps at one server, the one that an address names; here there is one. */
const environment: Gate = (exchange) => {
  if (!/^(e:)?[\w-]{1,64}$/i.test(exchange.param('environment'))) throw new Refusal('not_found')
}

/** The routes below `/_auth`, to which browsers come by themselves: without a client key and without a session. */
export function socialRoutes(at: Altogic): readonly Route[] {
  const gates = [limited(at.core, 'start')]
  const start = getProvider(at)
  const callback = '/_auth/:provider/callback'
  return [
    { method: 'GET', path: '/_auth/:provider', gates, handle: start },
    { method: 'GET', path: '/_auth/:environment/:provider', gates: [environment, ...gates], handle: start },
    { method: 'GET', path: '/:environment/_auth/:provider', gates: [environment, ...gates], handle: start },
    { method: 'GET', path: callback, gates, handle: getCallback(at) },
    { method: 'POST', path: callback, body: 'form', gates, handle: postCallback(at) },
  ]
}

/** The one address that is registered at the provider, whatever form of the base the app has. */
function callbackOf({ core, options }: Altogic, exchange: Exchange) {
  const provider = exchange.param('provider').toLowerCase()
  const base = core.settings.publicUrl + options.path.slice(0, -authBase.length)
  return { provider, place: `altogic:${provider}`, callback: `${base}/_auth/${encodeURIComponent(provider)}/callback` }
}

/** GET /_auth/:provider: sends the browser on. Where no flow has begun there is nowhere to lead back to. */
function getProvider(at: Altogic): Handler {
  return async (exchange) => {
    const { core } = at
    const elsewhere = underPublicName(exchange, core.settings.publicUrl)
    if (elsewhere !== undefined) return redirectTo(302, elsewhere)
    const started = await beginWithProvider(core, at.callerOf(exchange), {
      ...callbackOf(at, exchange),
      browser: flowOf(exchange),
      back: { redirectTo: at.options.redirectUrl, codeChallenge: undefined, pickup: true },
      scopes: [],
      params: {},
    })
    return redirectTo(302, started.url, flowCookie(started))
  }
}

/** GET …/callback: the browser is back, and goes on to the app with what it picks the session up with. */
function getCallback(at: Altogic): Handler {
  return async (exchange) => {
    const { place } = callbackOf(at, exchange)
    const answer = { place, params: singles(exchange.query), browser: flowOf(exchange) }
    return home(at, factsOf(await finishWithProvider(at.core, at.callerOf(exchange), answer)))
  }
}

/** POST …/callback: from another site, so without our cookie. The answer is kept and the browser comes again. */
function postCallback(at: Altogic): Handler {
  return async (exchange): Promise<Answer> => {
    const { place, callback } = callbackOf(at, exchange)
    const params = singles(await exchange.form())
    try {
      await parkAnswer(at.core, { place, params })
      return redirectTo(303, `${callback}?${new URLSearchParams({ state: params['state'] ?? '' })}`)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return home(at, failure(error))
    }
  }
}

function factsOf(end: ProviderEnd): Readonly<Record<string, string>> {
  switch (end.kind) {
    case 'return':
      return { status: '200', access_token: end.code, action }
    case 'waiting':
      return failure(new Refusal('email_not_confirmed'))
    case 'lost':
    case 'refused':
      return failure(end.refusal)
    case 'complete':
    case 'ask':
      throw new Error(`a sign-in that leaves a pickup ended as ${end.kind}`)
  }
}

/** What a provider did not do is 401 as what somebody declined is; input that is wrong is 400. */
function failure(error: Refusal): Readonly<Record<string, string>> {
  const { status, code } = wireOf(error)
  const isInput = status === 400 && code !== 'oauth_provider_failed'
  return { status: isInput || status === 404 ? String(status) : '401', action, code, error: error.message }
}
