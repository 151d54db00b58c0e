import { createHmac } from 'node:crypto'
import { sameText } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { JsonObject } from '../users/user.ts'
import type { Beginning } from './authorization.ts'
import type { Asking, Returned, TokenAnswer } from './exchange.ts'
import { text } from './facts.ts'
import { failed } from './read-json.ts'

/** A token of OAuth 1.0 and its secret. */
export interface TokenPair {
  readonly token: string
  readonly secret: string
}

/** What a request is signed with. */
export interface Signing {
  readonly key: string
  readonly secret: string
  readonly pair: TokenPair | undefined
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
}

/**
 * The `Authorization` header of a request without a form (RFC 5849 §3), signed with HMAC-SHA1, the one method that
 * everybody knows.
 * @param more further parameters of the protocol, such as `oauth_verifier`
 */
export function signedHeader(
  { key, secret, pair, runtime }: Signing,
  { method, url }: { readonly method: 'GET' | 'POST'; readonly url: string },
  more: Readonly<Record<string, string>> = {},
): string {
  const own = {
    oauth_consumer_key: key,
    oauth_nonce: base64url(runtime.randomBytes(24)),
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(Math.floor(runtime.now().getTime() / 1000)),
    oauth_version: '1.0',
    ...(pair === undefined ? {} : { oauth_token: pair.token }),
    ...more,
  }
  const { origin, pathname, searchParams } = new URL(url)
  const pairs = [...Object.entries(own), ...searchParams].map((pair) => pair.map(percent)).sort(byNameAndValue)
  const normal = pairs.map((pair) => pair.join('=')).join('&')
  const base = [method, `${origin}${pathname}`, normal].map(percent).join('&')
  const signature = createHmac('sha1', `${percent(secret)}&${percent(pair?.secret ?? '')}`)
    .update(base)
    .digest('base64')
  const shown = Object.entries({ ...own, oauth_signature: signature })
  return `OAuth ${shown.map(([name, value]) => `${percent(name)}="${percent(value)}"`).join(', ')}`
}

/** RFC 5849 §3.4.1.3.2: by bytes, which are ASCII by now. */
function byNameAndValue(one: readonly string[], other: readonly string[]): number {
  const at = one[0] === other[0] ? 1 : 0
  return (one[at] ?? '') < (other[at] ?? '') ? -1 : 1
}

/** RFC 5849 §3.6: everything but letters, digits and four marks. */
const percent = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * First leg (RFC 5849 §2.1, §2.2): a request token, and where the person takes it. The state travels in our callback.
 * @throws Refusal `provider_failed`
 */
export async function beginOAuth1(
  asking: Asking,
  { redirectUri, state }: Beginning,
): Promise<{ url: string; kept: string }> {
  const { authorization, temporary = '' } = asking.server
  const callback = new URL(redirectUri)
  callback.searchParams.set('state', state)
  const answer = await askForToken(asking, { url: temporary, pair: undefined }, { oauth_callback: callback.href })
  // Without it the provider speaks the version in which a request token could be another's (RFC 5849 §4.11).
  if (answer['oauth_callback_confirmed'] !== 'true') throw failed('callback_not_confirmed')
  const url = new URL(authorization)
  url.searchParams.set('oauth_token', pairIn(answer).token)
  return { url: url.href, kept: JSON.stringify(pairIn(answer)) }
}

/**
 * Last leg (RFC 5849 §2.3), with the token that this very sign-in began with.
 * @throws Refusal `access_denied`, `provider_failed`
 */
export async function exchangeOAuth1(
  asking: Asking,
  { params, kept }: Returned,
): Promise<{ readonly answer: TokenAnswer; readonly sign: (url: string) => string }> {
  if (params['denied'] !== undefined)
    throw new Refusal('access_denied', {
      details: { reason: 'provider', error: 'access_denied', description: 'Cancelled' },
    })
  const pair = kept === undefined ? undefined : (JSON.parse(kept) as TokenPair)
  const verifier = params['oauth_verifier']
  if (!verifier) throw failed('no_code')
  if (pair === undefined || !sameText(pair.token, params['oauth_token'] ?? '')) throw failed('exchange')
  const raw = await askForToken(asking, { url: asking.server.token, pair }, { oauth_verifier: verifier })
  const own = pairIn(raw)
  const tokens = { accessToken: own.token, refreshToken: null, idToken: null, scopes: [], expiresAt: null }
  return {
    answer: { raw, tokens },
    sign: (url) => signedHeader(signingOf(asking, own), { method: 'GET', url }),
  }
}

function signingOf({ settings, runtime }: Asking, pair: TokenPair | undefined): Signing {
  return { key: settings.clientIds[0] ?? '', secret: settings.clientSecret ?? '', pair, runtime }
}

async function askForToken(
  asking: Asking,
  { url, pair }: { readonly url: string; readonly pair: TokenPair | undefined },
  more: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  const authorization = signedHeader(signingOf(asking, pair), { method: 'POST', url }, more)
  const response = await asking
    .outbound(url, { method: 'POST', headers: { authorization }, body: '' })
    .catch((error: unknown) => Promise.reject(failed('unreachable', error)))
  if (response.status !== 200) throw failed('exchange')
  return Object.fromEntries(new URLSearchParams(await response.text()))
}

function pairIn(answer: JsonObject): TokenPair {
  const [token, secret] = [text(answer, 'oauth_token'), text(answer, 'oauth_token_secret')]
  if (token === null || secret === null) throw failed('exchange')
  return { token, secret }
}
