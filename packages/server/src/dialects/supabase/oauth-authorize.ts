import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { beginAuthorization } from '../../flows/oauth/authorize.ts'
import { type Asked, decideAuthorization, readAuthorization } from '../../flows/oauth/consent.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate, Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { readBody } from './parse.ts'
import { fault, refusal } from './refuse.ts'

/** GET /oauth/authorize: on to the app's page that asks, or back to the application with an error. */
export function getAuthorize(at: Supabase): Handler {
  return async ({ query }) => {
    const given = (name: string) => query.one(name) || undefined
    const clientId = given('client_id')
    const params = {
      clientId,
      redirectUri: given('redirect_uri'),
      responseType: given('response_type') ?? 'code',
      responseMode: given('response_mode'),
      scope: given('scope'),
      state: given('state'),
      nonce: given('nonce'),
      prompt: given('prompt'),
      resource: given('resource'),
      codeChallenge: given('code_challenge'),
      codeChallengeMethod: given('code_challenge_method'),
      request: given('request'),
      requestUri: given('request_uri'),
    }
    const begun = await beginAuthorization(at.core, at.server, params).catch(asTold(clientId))
    return redirectTo(302, begun.kind === 'declined' ? begun.redirectTo : pageFor(at, begun.handle), unseen)
  }
}

/** The handle in the address is for the page alone (S28). */
const unseen = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

function pageFor({ consentUrl }: Supabase, handle: string): string {
  return `${consentUrl}${consentUrl.includes('?') ? '&' : '?'}authorization_id=${handle}`
}

function asTold(clientId: string | undefined): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal) || error.code !== 'oauth_refused') throw error
    if (error.details.reason !== 'client') throw fault(error.message)
    throw refusal('oauth_client_unknown', isUuid(clientId) ? error.message : 'invalid client_id format')
  }
}

/** A page may answer for somebody if it is the one that asks, or one that people are sent back to; what is no page names no origin. */
export function fromAllowedOrigin({ core, consentUrl }: Supabase): Gate {
  const own = new URL(consentUrl).origin
  return (exchange) => {
    const origin = exchange.header('origin')
    if (origin !== undefined && origin !== own && !core.redirects.allowsOrigin(origin))
      throw fault('unauthorized request origin')
  }
}

/** GET /oauth/authorizations/:id: what is asked for; straight on where that was allowed before. */
export function getAuthorization(at: Supabase): Handler {
  return async (exchange) => {
    const by = exchange.need(signedInKey)
    const handle = exchange.param('id')
    const input = { server: at.server, handle, by }
    const asked = await readAuthorization(at.core, at.callerOf(exchange), input).catch(
      asAnswered('authorization request cannot be processed'),
    )
    if ('redirectTo' in asked) return json(200, { redirect_url: asked.redirectTo })
    const { id, email } = by.user
    return json(200, { ...presentAsked(handle, asked), user: { id, ...(email === null ? {} : { email }) } })
  }
}

function presentAsked(handle: string, { authorization, client }: Asked): JsonObject {
  return {
    authorization_id: handle,
    redirect_uri: authorization.redirectUri,
    client: presentAsker(client),
    scope: authorization.scopes.join(' '),
  }
}

/** An application as people see it. */
export function presentAsker({ id, name, homeUrl, logoUrl }: OAuthClient): JsonObject {
  return {
    id,
    ...(name === '' ? {} : { name }),
    ...(homeUrl === null ? {} : { uri: homeUrl }),
    ...(logoUrl === null ? {} : { logo_uri: logoUrl }),
  }
}

/** POST /oauth/authorizations/:id/consent */
export function postConsent(at: Supabase): Handler {
  return async (exchange) => {
    const decision = await decisionIn(exchange)
    const input = { server: at.server, handle: exchange.param('id'), by: exchange.need(signedInKey), decision }
    const redirect = await decideAuthorization(at.core, at.callerOf(exchange), input).catch(
      asAnswered('authorization request is no longer pending'),
    )
    return json(200, { redirect_url: redirect })
  }
}

async function decisionIn(exchange: Exchange): Promise<'approve' | 'deny'> {
  const action = (await readBody(exchange)).text('action')
  if (action !== 'approve' && action !== 'deny') throw fault("action must be 'approve' or 'deny'")
  return action
}

function asAnswered(message: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'not_found') throw refusal('oauth_authorization_not_found')
    throw error.code === 'conflict' ? fault(message) : error
  }
}
