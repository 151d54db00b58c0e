import type { AuthorizationServer, Client, ClientAuth, TokenEndpointRequestOptions } from 'oauth4webapi'
import { later } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import { type Outbound, OutboundError } from '../../base/outbound.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { JsonObject } from '../users/user.ts'
import { record, text } from './facts.ts'
import type { Provider, ProviderSettings, ProviderTokens } from './provider.ts'
import { failed } from './read-json.ts'
import type { ServerMetadata } from './server-metadata.ts'
import { storableText } from './storable.ts'

/** A provider with its settings and what it is asked through. */
export interface Asking {
  readonly provider: Provider
  readonly settings: ProviderSettings
  readonly server: ServerMetadata
  readonly outbound: Outbound
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  /** An e-mail address in its stored form, or undefined. */
  readAddress(text: string): string | undefined
}

/** The answer of a token endpoint. */
export interface TokenAnswer {
  readonly tokens: ProviderTokens
  /** As it came. */
  readonly raw: JsonObject
}

/** What a person brought back from the provider. */
export interface Returned {
  /** As they stood in the address, or in the form that was posted. */
  readonly params: Readonly<Record<string, string>>
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
  /** What {@link Begun.kept} was. */
  readonly kept?: string | undefined
}

/**
 * Judges what came back (RFC 6749 §4.1.2, RFC 9207) and exchanges its code.
 * @throws Refusal `access_denied` when the person or the provider said no, `provider_failed`
 */
export async function exchangeAtProvider(asking: Asking, returned: Returned): Promise<TokenAnswer> {
  const oauth = await import('oauth4webapi')
  const { provider } = asking
  const as = serverOf(asking)
  const client = { client_id: asking.settings.clientIds[0] ?? '' } satisfies Client
  refuseDenied(returned.params)
  if (!returned.params['code']) throw failed('no_code')
  const params = new URLSearchParams({
    code: returned.params['code'],
    state: returned.state,
    ...namedIssuer(asking, returned),
  })
  const { options, seen } = await requestOptions(asking)
  try {
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      await clientAuth(asking),
      oauth.validateAuthResponse(as, client, params, returned.state),
      returned.redirectUri,
      provider.quirks?.pkce === false ? oauth.nopkce : returned.verifier,
      options,
    )
    await oauth.processGenericTokenEndpointResponse(as, client, response)
  } catch (error) {
    throw asFailure(error, 'exchange')
  }
  return answerOf(asking, seen)
}

/** Renews tokens with a refresh token (RFC 6749 §6). @throws Refusal `provider_failed` */
export async function refreshAtProvider(asking: Asking, refreshToken: string): Promise<TokenAnswer> {
  const oauth = await import('oauth4webapi')
  const as = serverOf(asking)
  const client = { client_id: asking.settings.clientIds[0] ?? '' } satisfies Client
  const { options, seen } = await requestOptions(asking)
  try {
    const auth = await clientAuth(asking)
    const response = await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken, options)
    await oauth.processRefreshTokenResponse(as, client, response)
  } catch (error) {
    throw asFailure(error, 'refresh')
  }
  return answerOf(asking, seen)
}

/** What the provider says about a failure is for the app; it is text of a stranger and stays short. */
function refuseDenied({ error, error_description: description }: Returned['params']): void {
  if (error === undefined) return
  const plain = (value: string | undefined) => value?.replace(/[^\x20-\x7e]/g, '').slice(0, 200)
  throw new Refusal('access_denied', {
    details: { reason: 'provider', error: plain(error) || 'error', description: plain(description) ?? '' },
  })
}

/** Who names no issuer has none to be mistaken for; where it is known, another one's answer is refused (S73). */
function namedIssuer({ server }: Asking, { params }: Returned): { iss?: string } {
  const { iss } = params
  return iss === undefined || server.issuer === undefined ? {} : { iss }
}

function serverOf({ provider, server }: Asking): AuthorizationServer {
  return {
    issuer: server.issuer ?? `urn:provider:${provider.id}`,
    token_endpoint: server.token,
    authorization_response_iss_parameter_supported: server.namesItself,
  }
}

async function clientAuth({ provider, settings, runtime }: Asking): Promise<ClientAuth> {
  const oauth = await import('oauth4webapi')
  const { quirks = {} } = provider
  const secret = (await quirks.clientSecret?.(settings, runtime.now())) ?? settings.clientSecret ?? ''
  if (secret === '') return oauth.None()
  const show = quirks.clientAuth === 'basic' ? plainBasic(secret) : oauth.ClientSecretPost(secret)
  const { clientIdName } = quirks
  if (clientIdName === undefined) return show
  return (as, client, body, headers) => {
    void show(as, client, body, headers)
    body.set(clientIdName, client.client_id)
  }
}

const plainBasic =
  (secret: string): ClientAuth =>
  (_as, { client_id: id }, _body, headers) =>
    headers.set('authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`)

/** Requests go through the guard, and answers into the standard form on their way back; what they said stays in `seen`. */
async function requestOptions(
  asking: Asking,
): Promise<{ options: TokenEndpointRequestOptions; seen: { answer: JsonObject } }> {
  const oauth = await import('oauth4webapi')
  const seen: { answer: JsonObject } = { answer: {} }
  const options = {
    // The guard decides about plain http.
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (
      url: string,
      { method, headers, body }: { method: string; headers: Record<string, string>; body?: unknown },
    ) => {
      const response = await asking.outbound(url, {
        method,
        headers: { ...headers, ...asking.provider.quirks?.tokenHeaders },
        ...(body === undefined || body === null ? {} : { body: String(body) }),
      })
      if (response.status !== 200 && response.status !== 201) return response
      seen.answer = standardAnswer(asking.provider, await readBody(response))
      // The ID token is judged elsewhere, together with those that apps hand in.
      const { id_token: _, ...answer } = seen.answer
      return Response.json(answer)
    },
  } as TokenEndpointRequestOptions
  return { options, seen }
}

async function readBody(response: Response): Promise<JsonObject> {
  const body = await response.text()
  const isForm = /x-www-form-urlencoded|text\/plain/i.test(response.headers.get('content-type') ?? '')
  if (isForm && !body.trimStart().startsWith('{')) return Object.fromEntries(new URLSearchParams(body))
  return record(JSON.parse(body))
}

function standardAnswer({ quirks }: Provider, answer: JsonObject): JsonObject {
  const standard = quirks?.tokenAnswer?.(answer) ?? answer
  const { scope, refresh_token: refreshToken, expires_in: expiresIn, ...rest } = standard
  return {
    ...rest,
    token_type: 'bearer',
    ...(typeof scope === 'string' ? { scope } : {}),
    ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refresh_token: refreshToken } : {}),
    ...(Number(expiresIn) > 0 ? { expires_in: Number(expiresIn) } : {}),
  }
}

function answerOf({ provider, runtime }: Asking, { answer }: { answer: JsonObject }): TokenAnswer {
  const expiresIn = answer['expires_in']
  return {
    raw: answer,
    tokens: {
      accessToken: String(answer['access_token']),
      refreshToken: text(answer, 'refresh_token') ?? longText(answer['refresh_token']),
      idToken: provider.kind === 'oidc' ? longText(answer['id_token']) : null,
      scopes: storableText(text(answer, 'scope') ?? '')
        .split(/[ ,]+/)
        .filter((scope) => scope !== ''),
      expiresAt: typeof expiresIn === 'number' ? later(runtime.now(), Math.min(expiresIn, 10 * 365 * 86_400)) : null,
    },
  }
}

const longText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 16_384 ? value : null

/** Nothing of the provider's answer leaves this room: not in a message, not in a log (S74). */
function asFailure(error: unknown, step: string): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof OutboundError) return failed(error.reason)
  const code = (error as { code?: unknown } | null)?.code
  return failed(step, new Error(typeof code === 'string' ? code.slice(0, 64) : 'the answer cannot be used'))
}
