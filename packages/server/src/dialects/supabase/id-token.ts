import type { ErrorCode } from '../../base/errors.ts'
import { Refusal } from '../../base/errors.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { claimedIssuer, linkWithIdToken, signInWithIdToken } from '../../flows/sign-in/with-id-token.ts'
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
  keycloak: '',
  kakao: 'https://kauth.kakao.com',
  vercel_marketplace: 'https://marketplace.vercel.com',
  snapchat: 'https://accounts.snapchat.com/accounts/oauth2/token',
}

const tenant = /^https:\/\/login[.]microsoftonline[.]com\/[^/]+\/v2[.]0\/?$/

/** Who is meant by an issuer, as older clients name them. */
function byIssuer(issuer: string): string | undefined {
  if (issuer === '') return undefined
  if (issuer === 'https://account.apple.com') return 'apple'
  return tenant.test(issuer) ? 'azure' : Object.keys(issuers).find((each) => issuers[each] === issuer)
}

/** The grant `id_token`: a session, or with `link_identity` a connection with the bearer's user. */
export async function idTokenGrant(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  const { core } = at
  const caller = at.callerOf(exchange)
  const idToken = body.text('id_token')
  if (idToken === undefined) throw oauthFault('invalid request', 'id_token required')
  const issuer = body.text('issuer')
  if (!body.has('provider') && (!body.has('client_id') || issuer === undefined))
    throw oauthFault('invalid request', 'provider or client_id and issuer required')
  const who = body.flag('link_identity') === true ? await linker(at, exchange) : undefined
  const provider = providerOf(body)
  const retold = asTold(provider)
  const claimed = await claimedIssuer(core, caller, { provider, idToken, issuer }).catch(retold())
  const handed = { provider, idToken, nonce: body.text('nonce'), accessToken: body.text('access_token') }
  if (who !== undefined) {
    nowDoing(exchange, 'linking')
    const linked = await linkWithIdToken(core, caller, { ...handed, ...who, as: 'new_session' }).catch(retold(claimed))
    return presentSession(grantOf(linked), core.settings)
  }
  const done = await signInWithIdToken(core, caller, { ...handed, about: {}, back: {} }).catch(retold(claimed))
  if (done.kind === 'waiting') throw needsVerification(done.provider.id)
  return presentSession(grantOf(done), core.settings)
}

/** In upstream's order: the first provider that either name stands for. */
function providerOf(body: Body): string {
  const named = body.text('provider') ?? ''
  const meant = byIssuer(body.text('issuer') ?? '')
  const provider = Object.keys(issuers).find((each) => each === named || each === meant)
  if (provider !== undefined) return provider
  if (named.startsWith('custom:')) return named
  throw fault(`Custom OIDC provider "${named.slice(0, 64)}" not allowed`)
}

async function linker({ core }: Supabase, exchange: Exchange) {
  if (!exchange.header('authorization'))
    throw oauthFault('invalid request', 'Linking requires a valid user access token in Authorization')
  const token = bearerToken(exchange)
  if (token === undefined) throw new Refusal('no_authorization')
  return authenticate(core, token)
}

/** Why a token was not accepted, as clients of this dialect know it. */
function asTold(provider: string): (claimed?: string) => (error: unknown) => never {
  return (claimed = issuers[provider]) => {
    const tellings: { readonly [Code in ErrorCode]?: (refusal: Refusal) => Refusal } = {
      id_token_invalid: (refused) => tokenFault(provider, refused),
      provider_failed: () => oauthFault('invalid request', 'Bad ID token'),
      provider_disabled: (refused) => disabled(provider, claimed ?? '', refused),
    }
    return (error) => {
      if (!(error instanceof Refusal)) throw error
      throw tellings[error.code]?.(error) ?? error
    }
  }
}

function tokenFault(provider: string, { details }: Refusal): Refusal {
  const name = provider === 'apple' ? 'Apple' : 'Azure'
  switch (details.reason) {
    case 'issuer_unreadable':
      return fault(`Unable to detect issuer in ID token for ${name} provider`)
    case 'issuer_foreign':
      return fault(`Detected ID token issuer is not an ${name} ID token issuer`)
    case 'issuer_other':
      return fault('Provided issuer does not match ID token issuer')
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

function disabled(provider: string, issuer: string, { details }: Refusal): Refusal {
  if (!provider.startsWith('custom:')) {
    const message = `Provider (issuer ${JSON.stringify(issuer.slice(0, 256))}) is not enabled`
    return new Refusal('provider_disabled', { message })
  }
  if (details.reason === 'unknown') return fault(`Custom provider "${provider}" not found`)
  if (details.reason === 'no_id_tokens') return fault(`Provider "${provider}" is not an OIDC provider`)
  return new Refusal('provider_disabled', { message: `Custom provider "${provider}" is disabled` })
}
