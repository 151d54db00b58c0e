import { Refusal } from '../../base/errors.ts'
import { linkIdentity } from '../../flows/account/link-identity.ts'
import { confirmLink } from '../../flows/attempt/confirm-link.ts'
import type { Return } from '../../flows/attempt/send.ts'
import {
  beginLinking,
  beginWithProvider,
  finishWithProvider,
  type ProviderEnd,
  type ProviderStarted,
  parkAnswer,
} from '../../flows/sign-in/with-provider.ts'
import { linkText } from '../../flows/steps/link-text.ts'
import { authenticate } from '../../gate/bearer.ts'
import { connectPage } from '../../gate/connect-page.ts'
import { flowCookie, flowOf, singles, underPublicName } from '../../gate/flow-cookie.ts'
import { type Answer, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { isElevatedEnough } from './elevation.ts'
import { wireOfName } from './errors.ts'
import { refuseGuest } from './guests.ts'
import { aboutOf, isNobody, placeOf, refuseSignUpOff } from './options.ts'
import { wireOf } from './present-error.ts'
import { nameHere, providerOf } from './provider-names.ts'
import { readProviderQuery } from './provider-query.ts'
import { errorFacts, withFacts } from './redirect.ts'
import { missingArgument, refusal } from './refuse.ts'

const callbackOf = ({ origin, options }: Nhost, name: string) => ({
  place: `nhost:${name}`,
  callback: `${origin}${options.path}/signin/provider/${name}/callback`,
})

/** GET /signin/provider/:provider and /signup/provider/:provider: sends the browser on to the provider. */
export function getProvider(at: Nhost, whom: 'anybody' | 'newcomers'): Handler {
  return async (exchange) => {
    const elsewhere = underPublicName(exchange, at.origin)
    if (elsewhere !== undefined) return redirectTo(302, elsewhere)
    const name = nameHere(exchange.param('provider'))
    const asked = readProviderQuery(exchange.query)
    if (whom === 'newcomers') refuseSignUpOff(at)
    const { codeChallenge, state } = asked
    const back = { redirectTo: placeOf(at, asked.options.redirectTo), codeChallenge, state }
    try {
      const started = await begin(at, exchange, { name, asked, back, whom })
      return redirectTo(302, started.url, flowCookie(started))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return redirectTo(302, withFacts(back.redirectTo, errorFacts(wireOf(error, at.options))))
    }
  }
}

interface Beginning {
  readonly name: string
  readonly asked: ReturnType<typeof readProviderQuery>
  readonly back: Return
  readonly whom: 'anybody' | 'newcomers'
}

async function begin(at: Nhost, exchange: Exchange, beginning: Beginning): Promise<ProviderStarted> {
  const { name, asked, back, whom } = beginning
  const { core } = at
  const here = { ...callbackOf(at, name), browser: flowOf(exchange) }
  const { params } = asked
  const provider = providerOf(name)
  const caller = at.callerOf(exchange)
  if (asked.link !== undefined && whom === 'anybody')
    return beginLinking(core, caller, { ...here, provider, link: asked.link })
  if (asked.connect === undefined)
    return beginWithProvider(core, caller, {
      ...here,
      provider,
      back,
      scopes: [],
      params,
      createUser: whom === 'newcomers' || at.options.autoSignUp,
      onlyNew: whom === 'newcomers',
      about: aboutOf(at, asked.options),
    })
  const who = await authenticate(core, asked.connect).catch(() => {
    throw refusal('invalid-request')
  })
  refuseGuest(who.user)
  if (!isElevatedEnough(at, who)) throw new Refusal('reauthentication_needed')
  const input = { user: who.user, session: who.session, provider, back, startAt: here.callback, scopes: [], params }
  const { ticket } = await linkIdentity(core, input)
  return beginLinking(core, caller, { ...here, link: linkText(core, ticket) })
}

/** GET …/callback: the browser is back, and goes on to the app. */
export function getProviderCallback(at: Nhost): Handler {
  return async (exchange) => {
    const params = singles(exchange.query)
    if (!params['state']) throw missingArgument('state')
    const name = nameHere(exchange.param('provider'))
    const answer = { place: callbackOf(at, name).place, params, browser: flowOf(exchange) }
    const caller = at.callerOf(exchange)
    return presentEnd(at, { name, params, locale: caller.locale }, await finishWithProvider(at.core, caller, answer))
  }
}

/** POST …/callback: from another site, so without our cookie. The answer is kept and the browser comes again. */
export function postProviderCallback(at: Nhost): Handler {
  return async (exchange) => {
    const { place, callback } = callbackOf(at, nameHere(exchange.param('provider')))
    const params = singles(await exchange.form())
    try {
      await parkAnswer(at.core, { place, params })
      return redirectTo(303, `${callback}?${new URLSearchParams({ state: params['state'] ?? '' })}`)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return lost(at, params)
    }
  }
}

/** POST …/callback/confirm: the button of the page that asks before an account is connected. */
export function postConnect(at: Nhost): Handler {
  return async (exchange) => {
    const handle = (await exchange.form()).one('handle') ?? ''
    try {
      const { back } = await confirmLink(at.core, at.callerOf(exchange), { handle, browser: flowOf(exchange) })
      return redirectTo(302, at.core.redirects.orSite(back.redirectTo))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return redirectTo(302, withFacts(at.core.settings.siteUrl, errorFacts(wireOf(error, at.options))))
    }
  }
}

type Params = Readonly<Record<string, string>>

function lost({ core }: Nhost, params: Params): Answer {
  const facts = { ...errorFacts(wireOfName('invalid-state')), provider_state: params['state'] ?? '' }
  return redirectTo(302, withFacts(core.settings.siteUrl, facts))
}

interface Came {
  readonly name: string
  readonly params: Params
  readonly locale: string | undefined
}

function presentEnd(at: Nhost, came: Came, end: ProviderEnd): Answer {
  const { core } = at
  if (end.kind === 'lost') return lost(at, came.params)
  const place = core.redirects.orSite(end.back.redirectTo)
  const state: Params = end.back.state === undefined ? {} : { state: end.back.state }
  switch (end.kind) {
    case 'refused':
      return refused(at, { place, state, params: came.params, refusal: end.refusal })
    case 'waiting':
      return redirectTo(302, place)
    case 'return':
      return redirectTo(302, withFacts(place, { code: end.code, ...state }))
    case 'complete':
      return redirectTo(302, withFacts(place, { refreshToken: end.grant.refreshToken, ...state }))
    case 'ask': {
      const action = `${callbackOf(at, came.name).callback}/confirm`
      const { handle, user, provider } = end
      return connectPage(core.settings, { action, handle, user, provider, place, locale: came.locale })
    }
  }
}

interface Refused {
  readonly place: string
  readonly state: Params
  readonly params: Params
  readonly refusal: Refusal
}

function refused(at: Nhost, { place, state, params, refusal: why }: Refused): Answer {
  if (why.code === 'access_denied') {
    const facts = {
      ...errorFacts(wireOfName('oauth-provider-error')),
      provider_error: params['error'] ?? '',
      provider_error_description: params['error_description'] ?? '',
      provider_error_url: params['error_uri'] ?? '',
    }
    return redirectTo(302, withFacts(at.core.settings.siteUrl, { ...facts, ...state }))
  }
  return redirectTo(302, withFacts(place, { ...errorFacts(failureOf(at, why)), ...state }))
}

function failureOf(at: Nhost, why: Refusal) {
  if (why.code === 'provider_failed' || why.code === 'id_token_invalid') {
    const isExchange = why.details.reason === 'exchange'
    return wireOfName(isExchange ? 'oauth-token-echange-failed' : 'oauth-profile-fetch-failed')
  }
  if (why.code === 'insufficient_aal') return wireOfName('mfa-required')
  if (isNobody(at, why)) return wireOf(refusal('invalid-email-password'), at.options)
  // Newer than the word that older clients know for it.
  return wireOf(why.code === 'user_already_exists' ? refusal('user-already-exists') : why, at.options)
}
