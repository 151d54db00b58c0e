import { z } from 'zod'
import { type ErrorCode, Refusal } from '../../base/errors.ts'
import { beginAuthorization } from '../../flows/oauth/authorize.ts'
import { decideAuthorization, findAuthorization } from '../../flows/oauth/consent.ts'
import { type Answer, json, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Fields } from '../../http/fields.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { readBody } from './parse.ts'
import { missingArgument, schemaFault } from './refuse.ts'

/** GET /oauth2/authorize, and POST with a form: on to the app's page that asks, or back with an error. */
export function authorize(at: Nhost, from: (exchange: Exchange) => Promise<Fields> | Fields): Handler {
  return async (exchange) => {
    const fields = await from(exchange)
    const given = (name: string) => fields.one(name) || undefined
    const needed = (name: string): string => {
      const value = given(name)
      if (value === undefined) throw schemaFault(`${name}: is required`)
      return value
    }
    const prompt = given('prompt')
    const codeChallengeMethod = given('code_challenge_method')
    if (codeChallengeMethod !== undefined && codeChallengeMethod !== 'S256')
      throw schemaFault('code_challenge_method: must be S256')
    const begun = await beginAuthorization(at.core, at.server, {
      clientId: needed('client_id'),
      redirectUri: needed('redirect_uri'),
      responseType: needed('response_type'),
      responseMode: given('response_mode'),
      scope: given('scope'),
      state: given('state'),
      nonce: given('nonce'),
      // Handed on to the page that asks, which knows who sits in front of it.
      prompt: isHandedOn(prompt) && prompt !== 'none' ? prompt : undefined,
      resource: given('resource'),
      codeChallenge: given('code_challenge'),
      codeChallengeMethod,
      request: given('request'),
      requestUri: given('request_uri'),
    })
    return redirectTo(302, begun.kind === 'declined' ? begun.redirectTo : pageFor(at, begun.handle, prompt), unseen)
  }
}

/** The handle in the address is for the page alone (S28). */
const unseen = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
const longestPrompt = 64
const isHandedOn = (prompt: string | undefined): prompt is string =>
  prompt !== undefined && prompt.length <= longestPrompt

function pageFor({ options: { loginUrl } }: Nhost, handle: string, prompt: string | undefined): string {
  const handedOn = isHandedOn(prompt) ? { prompt } : {}
  const query = new URLSearchParams({ request_id: handle, ...handedOn })
  return `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}${query}`
}

/** GET /oauth2/login: what is asked for. */
export function getLogin(at: Nhost): Handler {
  return async ({ query }) => {
    const handle = query.one('request_id') || undefined
    if (handle === undefined) throw missingArgument('request_id')
    try {
      const { authorization } = await findAuthorization(at.core, at.server, handle)
      if (authorization.answeredAt !== null) throw new Refusal('conflict')
      const { clientId, scopes, redirectUri } = authorization
      return json(200, { requestId: handle, clientId, scopes, redirectUri }, unseen)
    } catch (error) {
      return unanswerable(error)
    }
  }
}

const loginBody = z.strictObject({ requestId: z.string().max(128) })

/** POST /oauth2/login: yes. */
export function postLogin(at: Nhost): Handler {
  return async (exchange) => {
    const { requestId } = await readBody(exchange, loginBody)
    const input = {
      server: at.server,
      handle: requestId,
      by: somebody(exchange),
      decision: 'approve',
      may: 'unseen',
    } as const
    try {
      return json(200, { redirectUri: await decideAuthorization(at.core, at.callerOf(exchange), input) }, unseen)
    } catch (error) {
      return unanswerable(error)
    }
  }
}

/** Why a request cannot be answered, in upstream's sentences: pages show them. */
const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  not_found: 'Unknown authorization request',
  conflict: 'Authorization request already completed',
}

function unanswerable(error: unknown): Answer {
  const message = error instanceof Refusal ? sentences[error.code] : undefined
  if (message === undefined) throw error
  return json(400, { status: 400, error: 'invalid-request', message })
}
