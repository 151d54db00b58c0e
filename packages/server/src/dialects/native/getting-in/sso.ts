import { cutText } from '../../../base/cut-text.ts'
import { isUuid } from '../../../base/encoding.ts'
import { Refusal } from '../../../base/errors.ts'
import { beginWithSso, enabledSso, finishWithSso, receiveSso, type SsoEnd } from '../../../flows/sign-in/with-sso.ts'
import { flowCookie, flowOf, singles, underPublicName } from '../../../gate/flow-cookie.ts'
import { type Answer, redirectTo, text } from '../../../http/answer.ts'
import { refuseUnlisted } from '../input.ts'
import { type Call, Raw } from '../operation.ts'
import type { ssoQuery } from '../schemas/sso.ts'
import { failure, lead } from './lead-back.ts'

type Given = Readonly<Record<string, string>>

const place = 'native'

/** @throws Refusal `feature_disabled` */
function refuseOff({ core }: Pick<Call, 'core'>): void {
  if (!core.settings.sso.enabled) throw new Refusal('feature_disabled', { details: { feature: 'sso' } })
}

/** GET /sso: the organisation behind a domain. */
export async function findSso(call: Call<undefined, typeof ssoQuery>) {
  refuseOff(call)
  const { id, domains, entityId } = await enabledSso(call.core, { domain: call.query.domain })
  return { providerId: id, name: domains[0] ?? entityId }
}

/** GET /sign-in/sso: sends the browser on. What is wrong is told where it would come back to. */
export async function startSso(call: Call) {
  const { core, caller, exchange, native } = call
  const elsewhere = underPublicName(exchange, core.settings.publicUrl)
  const given = singles(exchange.query)
  try {
    refuseOff(call)
    const started = await beginWithSso(core, caller, {
      provider: askedIn(given),
      place,
      callback: `${native.url}/callback/saml`,
      browser: flowOf(exchange),
      back: backOf(call, given),
    })
    const { browser = '', seconds, url } = started
    return new Raw(
      elsewhere === undefined ? redirectTo(303, url, flowCookie({ browser, seconds })) : redirectTo(303, elsewhere),
    )
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { redirectTo: back, state } = given
    return new Raw(lead(call, { redirectTo: back, state }, failure(call, error)))
  }
}

function askedIn({ domain, providerId }: Given): { readonly id: string } | { readonly domain: string } {
  if ((domain === undefined) === (providerId === undefined))
    throw new Refusal('validation_failed', { message: 'domain: or providerId is needed, and only one of them' })
  if (providerId === undefined) return { domain: domain ?? '' }
  if (!isUuid(providerId)) throw new Refusal('sso_provider_not_found')
  return { id: providerId }
}

/** @throws Refusal `redirect_not_allowed`, `validation_failed` */
function backOf({ core }: Pick<Call, 'core'>, { redirectTo: back, codeChallenge, state }: Given) {
  refuseUnlisted(core, back)
  if (codeChallenge === undefined || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    throw new Refusal('validation_failed', { message: 'codeChallenge: must be the S256 digest of a verifier' })
  return { redirectTo: back, codeChallenge, state: state === undefined ? undefined : cutText(state, 128) }
}

/** POST /callback/saml: from another site, so without our cookie. The answer is kept and the browser comes again. */
export async function takeSaml(call: Call) {
  refuseOff(call)
  const form = await call.exchange.form()
  const answer = {
    place,
    response: form.one('SAMLResponse'),
    relayState: form.one('RelayState'),
    takesUnsolicited: false,
  }
  return new Raw(presentEnd(call, await receiveSso(call.core, call.caller, answer)))
}

/** GET /callback/saml: the browser that began is back, and goes on to the app. */
export async function answerSaml(call: Call) {
  refuseOff(call)
  const { state: relayState } = singles(call.exchange.query)
  const answer = { place, relayState, browser: flowOf(call.exchange) }
  return new Raw(presentEnd(call, await finishWithSso(call.core, call.caller, answer)))
}

function presentEnd(call: Call, end: SsoEnd): Answer {
  switch (end.kind) {
    case 'elsewhere':
      return redirectTo(303, end.url)
    case 'lost':
      return lead(call, {}, failure(call, end.refusal))
    case 'refused':
      return lead(call, end.back, failure(call, end.refusal))
    case 'return':
      return lead(call, end.back, { code: end.code })
    default:
      // Nobody begins here without a challenge, and nobody comes in here who did not begin.
      return lead(call, end.back, failure(call, new Refusal('bad_oauth_state')))
  }
}

/** GET /saml/metadata: what an identity provider has to know of this server. */
export async function showMetadata(call: Call) {
  refuseOff(call)
  const headers = { 'content-type': 'application/xml; charset=utf-8', 'cache-control': 'public, max-age=600' }
  return new Raw(text(200, await call.core.sso.metadata(), headers))
}
