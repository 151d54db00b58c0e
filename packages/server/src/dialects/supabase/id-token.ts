import type { ErrorCode } from '../../base/errors.ts'
import { Refusal } from '../../base/errors.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { linkWithIdToken, signInWithIdToken } from '../../flows/sign-in/with-id-token.ts'
import { authenticate, bearerToken } from '../../gate/bearer.ts'
import type { Answer } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Supabase } from './dialect.ts'
import type { Body } from './parse.ts'
import { presentSession } from './present.ts'
import { nowDoing } from './present-error.ts'
import { fault, needsVerification, oauthFault } from './refuse.ts'

/** Issuers of the providers whose ID tokens clients know how to get. */
const issuers: Readonly<Record<string, string>> = {
  apple: 'https://appleid.apple.com',
  google: 'https://accounts.google.com',
  azure: 'https://login.microsoftonline.com',
  facebook: 'https://www.facebook.com',
  kakao: 'https://kauth.kakao.com',
  keycloak: 'keycloak',
  snapchat: 'snapchat',
  vercel_marketplace: 'https://marketplace.vercel.com',
}

/** Those that may be named by their issuer alone, as older clients do. */
const byIssuer: Readonly<Record<string, string>> = {
  'https://appleid.apple.com': 'apple',
  'https://account.apple.com': 'apple',
  'https://accounts.google.com': 'google',
}

/** The grant `id_token`: a session, or with `link_identity` a connection with the bearer's user. */
export async function idTokenGrant(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  const { core } = at
  const idToken = body.text('id_token')
  if (idToken === undefined) throw oauthFault('invalid request', 'id_token required')
  const provider = providerOf(body)
  const handed = { provider, idToken, nonce: body.text('nonce'), accessToken: body.text('access_token') }
  const caller = at.callerOf(exchange)
  if (body.flag('link_identity') === true) {
    nowDoing(exchange, 'linking')
    const who = await linker(at, exchange)
    const linked = await linkWithIdToken(core, caller, { ...handed, ...who, as: 'new_session' }).catch(asTold(provider))
    return presentSession(grantOf(linked), core.settings)
  }
  const done = await signInWithIdToken(core, caller, { ...handed, about: {}, back: {} }).catch(asTold(provider))
  if (done.kind === 'waiting') throw needsVerification(done.provider.id)
  return presentSession(grantOf(done), core.settings)
}

function providerOf(body: Body): string {
  const named = body.text('provider')
  const issuer = body.text('issuer')
  if (named === undefined && (body.text('client_id') === undefined || issuer === undefined))
    throw oauthFault('invalid request', 'provider or client_id and issuer required')
  const provider = named ?? byIssuer[issuer ?? ''] ?? ''
  const isKnown = Object.hasOwn(issuers, provider) || provider.startsWith('custom:')
  if (!isKnown) throw fault(`Custom OIDC provider "${(named ?? issuer ?? '').slice(0, 64)}" not allowed`)
  return provider
}

async function linker({ core }: Supabase, exchange: Exchange) {
  const token = bearerToken(exchange)
  const text = 'Linking requires a valid user access token in Authorization'
  if (token === undefined) throw oauthFault('invalid request', text)
  return authenticate(core, token).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'bad_jwt' ? oauthFault('invalid request', text) : error
  })
}

/** Why a token was not accepted, as clients of this dialect know it. */
function asTold(provider: string): (error: unknown) => never {
  const tellings: { readonly [Code in ErrorCode]?: (refusal: Refusal) => Refusal } = {
    id_token_invalid: tokenFault,
    provider_failed: () => oauthFault('invalid request', 'Bad ID token'),
    provider_disabled: (refused) => disabled(provider, refused),
  }
  return (error) => {
    if (!(error instanceof Refusal)) throw error
    throw tellings[error.code]?.(error) ?? error
  }
}

function tokenFault({ details }: Refusal): Refusal {
  switch (details.reason) {
    case 'subject':
      return oauthFault('invalid request', 'Missing sub claim in id_token')
    case 'audience': {
      const named = Array.isArray(details['audience']) ? details['audience'].map(String) : []
      return oauthFault('invalid request', `Unacceptable audience in id_token: [${named.join(' ').slice(0, 500)}]`)
    }
    case 'nonce_missing':
      return oauthFault('invalid request', 'Passed nonce and nonce in id_token should either both exist or not.')
    case 'nonce':
      return oauthFault('invalid nonce', 'Nonces mismatch')
    default:
      return oauthFault('invalid request', 'Bad ID token')
  }
}

function disabled(provider: string, { details }: Refusal): Refusal {
  if (!provider.startsWith('custom:')) {
    const message = `Provider (issuer "${issuers[provider]}") is not enabled`
    return new Refusal('provider_disabled', { message })
  }
  if (details.reason === 'unknown') return fault(`Custom provider "${provider}" not found`)
  if (details.reason === 'no_id_tokens') return fault(`Provider "${provider}" is not an OIDC provider`)
  return new Refusal('provider_disabled', { message: `Custom provider "${provider}" is disabled` })
}
