import { Refusal } from '../../base/errors.ts'
import { customPrefix } from '../../core/providers/custom.ts'
import { confirmLink } from '../../flows/attempt/confirm-link.ts'
import {
  beginLinking,
  beginWithProvider,
  finishWithProvider,
  invitedBy,
  type ProviderEnd,
  parkAnswer,
} from '../../flows/sign-in/with-provider.ts'
import { enabledProvider } from '../../flows/steps/arrival.ts'
import { connectPage } from '../../gate/connect-page.ts'
import { flowCookie, flowOf, singles, underPublicName } from '../../gate/flow-cookie.ts'
import { type Answer, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { externalFault, leadFacts, stateFacts } from './external-faults.ts'
import { tokenOfHash } from './manners.ts'
import { challengeOf, returnPlace } from './parse.ts'
import { inQuery, inQueryAndFragment } from './redirect.ts'
import { needsVerification } from './refuse.ts'
import { withTokens } from './tokens-in-fragment.ts'

/** Every provider comes back to one address here, as deployments have registered it. */
const callbackOf = ({ url }: Supabase) => ({ place: 'supabase', callback: `${url}/callback` })

/** Parameters that are for us; all others are for the provider. */
const own = new Set([
  ...['provider', 'redirect_to', 'scopes', 'code_challenge', 'code_challenge_method', 'invite_token'],
  ...['skip_http_redirect', 'link', 'apikey'],
])

/**
 * What a browser or client asks of a provider's page. Which provider it is comes before all else, and the invitation
 * before the challenge, as upstream has it.
 */
export async function externalOf(at: Supabase, exchange: Exchange) {
  const given = singles(exchange.query)
  const said = { text: (name: string) => given[name] || undefined }
  const provider = providerNamed(given['provider'] ?? '')
  await enabledProvider(at.core, provider).catch(externalFault)
  const invite = given['invite_token'] ? tokenOfHash(given['invite_token']) : undefined
  if (invite !== undefined) await invitedBy(at.core, invite).catch(externalFault)
  return {
    provider,
    invite,
    scopes: (given['scopes'] ?? '').split(/[ ,]+/).filter((scope) => scope !== ''),
    params: Object.fromEntries(Object.entries(given).filter(([name]) => !own.has(name))),
    back: {
      redirectTo: returnPlace(at.core, exchange),
      codeChallenge: challengeOf(said),
    },
  }
}

/** Whatever the case, as upstream reads it; ids of custom ones are an administrator's own. */
function providerNamed(name: string): string {
  return name.startsWith(customPrefix) ? name : name.toLowerCase()
}

/** GET /authorize: sends the browser on to the provider. */
export function getAuthorize(at: Supabase): Handler {
  return async (exchange) => {
    const elsewhere = underPublicName(exchange, at.core.settings.publicUrl)
    const caller = at.callerOf(exchange)
    const here = { ...callbackOf(at), browser: flowOf(exchange) }
    const link = exchange.query.one('link')
    if (link !== undefined && elsewhere !== undefined) return redirectTo(302, elsewhere)
    const begin = async () =>
      link === undefined
        ? beginWithProvider(at.core, caller, { ...here, ...(await externalOf(at, exchange)) })
        : beginLinking(at.core, caller, { ...here, link })
    const started = await begin().catch(externalFault)
    return elsewhere === undefined ? redirectTo(302, started.url, flowCookie(started)) : redirectTo(302, elsewhere)
  }
}

/** GET /callback: the browser is back, and goes on to the app. */
export function getCallback(at: Supabase): Handler {
  return async (exchange) => {
    const answer = { ...callbackOf(at), params: singles(exchange.query), browser: flowOf(exchange) }
    const caller = at.callerOf(exchange)
    const end = await finishWithProvider(at.core, caller, answer)
    return end.kind === 'lost' ? lost(at, end.refusal, answer.params['state']) : presentEnd(at, caller.locale, end)
  }
}

/** POST /callback: from another site, so without our cookie. The answer is kept and the browser comes again. */
export function postCallback(at: Supabase): Handler {
  return async (exchange) => {
    const { place, callback } = callbackOf(at)
    const params = singles(await exchange.form())
    try {
      await parkAnswer(at.core, { place, params })
      return redirectTo(303, `${callback}?${new URLSearchParams({ state: params['state'] ?? '' })}`)
    } catch (error) {
      return lost(at, error, params['state'])
    }
  }
}

/** POST /callback/confirm: the button of the page that asks before an account is connected. */
export function postCallbackConfirm(at: Supabase): Handler {
  return async (exchange) => {
    const handle = (await exchange.form()).one('handle') ?? ''
    try {
      const done = await confirmLink(at.core, at.callerOf(exchange), { handle, browser: flowOf(exchange) })
      return redirectTo(
        302,
        withTokens(at.core.redirects.orSite(done.back.redirectTo), done.grant, { provider_token: '' }),
      )
    } catch (error) {
      return lost(at, error, handle)
    }
  }
}

/** Nobody knows what it belongs to, so the site is told. */
function lost({ core }: Supabase, error: unknown, state: string | undefined): Answer {
  if (!(error instanceof Refusal)) throw error
  return redirectTo(303, inQuery(core.settings.siteUrl, stateFacts(error, state)))
}

function presentEnd(at: Supabase, locale: string | undefined, end: Exclude<ProviderEnd, { kind: 'lost' }>): Answer {
  const place = at.core.redirects.orSite(end.back.redirectTo)
  switch (end.kind) {
    case 'refused':
      return redirectTo(302, inQueryAndFragment(place, leadFacts(end.refusal)))
    case 'waiting':
      return redirectTo(302, inQueryAndFragment(place, leadFacts(needsVerification(end.provider.id))))
    case 'return':
      return redirectTo(302, inQuery(place, { code: end.code }))
    case 'complete':
      return redirectTo(302, withTokens(place, end.grant, { provider_token: '' }))
    case 'ask':
      return connectPage(at.core.settings, {
        action: `${at.url}/callback/confirm`,
        handle: end.handle,
        user: end.user,
        provider: end.provider,
        place,
        locale,
      })
  }
}
