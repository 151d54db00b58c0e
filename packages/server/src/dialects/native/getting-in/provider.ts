import { cutText } from '../../../base/cut-text.ts'
import { Refusal } from '../../../base/errors.ts'
import type { ProviderBack, ProviderEnd } from '../../../flows/sign-in/with-provider.ts'
import {
  beginLinking,
  beginWithProvider,
  finishWithProvider,
  parkAnswer,
} from '../../../flows/sign-in/with-provider.ts'
import { flowCookie, flowOf, singles, underPublicName } from '../../../gate/flow-cookie.ts'
import { type Answer, redirectTo } from '../../../http/answer.ts'
import { refuseUnlisted } from '../input.ts'
import { type Call, Raw } from '../operation.ts'
import { failure, lead } from './lead-back.ts'

type Given = Readonly<Record<string, string>>

/** What providers call those of our parameters that they are told. */
const passedOn: Given = {
  loginHint: 'login_hint',
  domainHint: 'domain_hint',
  prompt: 'prompt',
  organization: 'organization',
  connection: 'connection',
  locale: 'ui_locales',
}

/** GET /sign-in/provider/:provider: sends the browser on. What is wrong is told where it would come back to. */
export async function startProvider(call: Call) {
  const { core, caller, exchange } = call
  const elsewhere = underPublicName(exchange, core.settings.publicUrl)
  if (exchange.query.has('link') && elsewhere !== undefined) return new Raw(redirectTo(303, elsewhere))
  const given = singles(exchange.query)
  const provider = exchange.param('provider')
  const here = { ...callbackOf(call, provider), browser: flowOf(exchange) }
  try {
    const started =
      given['link'] === undefined
        ? await beginWithProvider(core, caller, {
            ...here,
            provider,
            back: backOf(call, given),
            ...(await askedOf(call, provider, given)),
          })
        : await beginLinking(core, caller, { ...here, provider, link: given['link'] })
    return new Raw(
      elsewhere === undefined ? redirectTo(303, started.url, flowCookie(started)) : redirectTo(303, elsewhere),
    )
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { redirectTo: place, state } = given
    const back = { redirectTo: core.redirects.orSite(place), state }
    return new Raw(lead(call, back, failure(call, error)))
  }
}

function callbackOf({ native }: Pick<Call, 'native'>, provider: string) {
  return { place: `native:${provider}`, callback: `${native.url}/callback/${encodeURI(provider)}` }
}

/** @throws Refusal `redirect_not_allowed`, `validation_failed` */
function backOf({ core }: Call, { redirectTo: place, codeChallenge, state, display }: Given): ProviderBack {
  refuseUnlisted(core, place)
  if (codeChallenge === undefined || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    throw new Refusal('validation_failed', { message: 'codeChallenge: must be the S256 digest of a verifier' })
  const back = { redirectTo: place, codeChallenge, state: state === undefined ? undefined : cutText(state, 128) }
  return display === 'message' ? { ...back, display } : back
}

/** Scopes nobody has allowed are left out (S75). */
async function askedOf({ core }: Call, id: string, given: Given) {
  const at = await core.providers.find(id)
  const allowed = new Set([...(at?.provider.scopes ?? []), ...(at?.settings.scopes ?? [])])
  const params = Object.entries(passedOn).flatMap(([name, theirs]): [string, string][] => {
    const value = given[name]
    return value === undefined ? [] : [[theirs, value]]
  })
  return {
    scopes: (given['scopes'] ?? '').split(/[ ,]+/).filter((scope) => allowed.has(scope)),
    params: { ...Object.fromEntries(params), ...(given['offline'] === 'true' ? { access_type: 'offline' } : {}) },
    createUser: given['createUser'] !== 'false',
  }
}

/** GET /callback/:provider: the browser is back, and goes on to the app. */
export async function answerCallback(call: Call) {
  const { core, caller, exchange } = call
  const { place } = callbackOf(call, exchange.param('provider'))
  const answer = { place, params: singles(exchange.query), browser: flowOf(exchange) }
  return new Raw(presentEnd(call, await finishWithProvider(core, caller, answer)))
}

/** POST /callback/:provider: from another site, so without our cookie. The answer is kept and the browser comes again. */
export async function takePosted(call: Call) {
  const { core, exchange } = call
  const { place, callback } = callbackOf(call, exchange.param('provider'))
  const params = singles(await exchange.form())
  try {
    await parkAnswer(core, { place, params })
    return new Raw(redirectTo(303, `${callback}?${new URLSearchParams({ state: params['state'] ?? '' })}`))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return new Raw(lead(call, {}, failure(call, error)))
  }
}

function presentEnd(call: Call, end: ProviderEnd): Answer {
  switch (end.kind) {
    case 'lost':
      return lead(call, {}, failure(call, end.refusal))
    case 'refused':
      return lead(call, end.back, failure(call, end.refusal))
    case 'return':
      return lead(call, end.back, { code: end.code })
    case 'waiting':
      return lead(call, end.back, failure(call, waiting(end.provider.name)))
    default:
      // Nobody begins here without a challenge.
      return lead(call, end.back, failure(call, new Refusal('bad_oauth_state')))
  }
}

const waiting = (provider: string): Refusal =>
  new Refusal('email_not_confirmed', {
    message: `Your address is not verified by ${provider}. Please open the mail we have sent to it.`,
  })
