import { day, later } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { beginWithSso, enabledSso, receiveSso, type SsoEnd } from '../../flows/sign-in/with-sso.ts'
import { type Answer, json, redirectTo } from '../../http/answer.ts'
import type { Gate, Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { leadFacts } from './external-faults.ts'
import { challengeOf, readBody } from './parse.ts'
import { inQuery } from './redirect.ts'
import { fault, refusal } from './refuse.ts'
import { answerFault, type Sent, startFault } from './sso-faults.ts'
import { withTokens } from './tokens-in-fragment.ts'

const place = 'supabase'
const longestResponse = 384 * 1024

/** Says that it is off, where it is. */
export function samlOn({ core }: Supabase): Gate {
  return () => {
    if (!core.settings.sso.enabled) throw refusal('saml')
  }
}

/** POST /sso: where the browser goes to sign in at its organisation. Clients fetch it and go there themselves. */
export function postSso(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const [id, domain] = [body.exactText('provider_id'), body.text('domain')]
    if (id !== undefined && !isUuid(id))
      throw new Refusal('bad_json', { message: 'provider_id must be a UUID', details: { reason: 'type' } })
    if (id !== undefined && domain !== undefined) throw fault('Only one of provider_id or domain supported')
    if (id === undefined && domain === undefined) throw fault('A provider_id or domain needs to be provided')
    const provider = id === undefined ? { domain: domain ?? '' } : { id }
    // Which provider it is comes before the challenge, as upstream has it.
    await enabledSso(at.core, provider).catch(startFault)
    const started = await beginWithSso(at.core, at.callerOf(exchange), {
      provider,
      place,
      callback: `${at.url}/sso/saml/acs`,
      browser: null,
      back: { redirectTo: body.text('redirect_to')?.slice(0, 2_048), codeChallenge: challengeOf(body) },
    }).catch(startFault)
    return body.flag('skip_http_redirect') === true ? json(200, { url: started.url }) : redirectTo(303, started.url)
  }
}

/** GET /sso/saml/metadata: what an identity provider has to know of this server. */
export function getSsoMetadata({ core }: Supabase): Handler {
  return async ({ query }) => {
    const isDownload = query.one('download') === 'true'
    const validUntil = later(core.runtime.now(), 5 * 365 * day)
    const xml = await core.sso.metadata(isDownload ? { validUntil } : undefined)
    return {
      status: 200,
      text: xml,
      headers: {
        'content-type': 'application/xml; charset=utf-8',
        'cache-control': 'public, max-age=600',
        ...(isDownload ? { 'content-disposition': 'attachment; filename="metadata.xml"' } : {}),
      },
    }
  }
}

/** POST /sso/saml/acs: a browser brings what its organisation said, and goes on to the app. */
export function postAcs(at: Supabase): Handler {
  return async (exchange) => {
    const form = await exchange.form()
    const relayState = form.one('RelayState')
    const isArtifact = (form.one('SAMLart') ?? '') !== ''
    const response = isArtifact ? undefined : form.one('SAMLResponse')
    const answer = { place, relayState, response, takesUnsolicited: true }
    return presentEnd(at, await receiveSso(at.core, at.callerOf(exchange), answer), { relayState, isArtifact })
  }
}

/** The bounds of that form: one long value, and few beside it. */
export const acsLimits = { bytes: longestResponse, keys: 20 }

function presentEnd({ core }: Supabase, end: SsoEnd, sent: Sent): Answer {
  switch (end.kind) {
    case 'elsewhere':
      return redirectTo(303, end.url)
    case 'lost':
    case 'refused':
      return redirectTo(303, inQuery(core.settings.siteUrl, leadFacts(answerFault(end.refusal, sent))))
    case 'return':
      return redirectTo(302, inQuery(core.redirects.orSite(end.back.redirectTo), { code: end.code }))
    case 'complete':
      return redirectTo(302, withTokens(core.redirects.orSite(end.back.redirectTo), end.grant))
  }
}
