import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Outbound, OutboundRequest } from '#src/base/outbound.ts'
import { createKeyCache } from '#src/core/providers/key-cache.ts'
import type { Provider, ProviderSettings, ProviderTokens } from '#src/core/providers/provider.ts'
import { noSettings } from '#src/core/providers/provider-settings.ts'
import { createProviders, type Providers, type SetProvider } from '#src/core/providers/providers.ts'
import type { KnownProfile } from '#src/core/providers/read-profile.ts'
import { createMetadataCache } from '#src/core/providers/server-metadata.ts'

/** A request that left, in the order of leaving. */
export interface Asked extends OutboundRequest {
  readonly url: string
}

/** Answers by address: JSON, or a function of the request that makes it or a whole `Response`. */
export type Answers = Readonly<Record<string, unknown>>

/** What a provider is tried with. */
export interface Trial {
  readonly settings?: Partial<ProviderSettings>
  /** Claims of the ID token (`oidc`), over the usual ones; signed by a key that only this trial has. */
  readonly claims?: JWTPayload
  /** What the token endpoint answers, over the usual fields. */
  readonly token?: Readonly<Record<string, unknown>>
  /** Everything else that is asked. A discovery document and keys are there where the provider has an issuer. */
  readonly answers?: Answers
  /** What comes back from the provider's page; default a code. */
  readonly params?: Readonly<Record<string, string>>
  readonly posted?: Readonly<Record<string, unknown>>
  readonly scopes?: readonly string[]
  readonly callerParams?: Readonly<Record<string, string>>
}

export interface Tried {
  /** Where the person was sent. */
  readonly authorization: URL
  readonly profile: KnownProfile
  readonly tokens: ProviderTokens
  readonly asked: readonly Asked[]
}

const redirectUri = 'https://auth.example.test/callback'

/** Signs somebody in at a provider whose every answer is given: no network. */
export async function signInAt(provider: Provider, trial: Trial = {}): Promise<Tried> {
  const { providers, at, asked } = await tryProvider(provider, trial)
  const secrets = { state: 'a-state', nonce: 'a-nonce', verifier: 'a'.repeat(43), redirectUri }
  const { url, kept } = await providers.begin(at, {
    ...secrets,
    scopes: trial.scopes ?? [],
    params: trial.callerParams ?? {},
  })
  const params = trial.params ?? { code: 'a-code' }
  const done = await providers.finish(at, { ...secrets, params, posted: trial.posted ?? {}, kept })
  return { authorization: new URL(url), ...done, asked }
}

/** The room over given answers, for trials that need more than one way through. */
export async function tryProvider(
  provider: Provider,
  trial: Trial = {},
): Promise<{
  providers: Providers
  at: SetProvider
  asked: Asked[]
  idToken: (claims: JWTPayload) => Promise<string>
}> {
  const settings = {
    ...noSettings,
    enabled: true,
    clientIds: ['our-client'],
    clientSecret: 'our-secret',
    ...trial.settings,
  }
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const { issuer = 'https://issuer.example.test', ...endpoints } = provider.endpoints(settings)
  const seconds = Math.floor(Date.now() / 1000)
  const idToken = (claims: JWTPayload) =>
    new SignJWT({ iss: issuer, aud: 'our-client', iat: seconds, exp: seconds + 600, nonce: 'a-nonce', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey)
  const jwks = endpoints.jwks ?? 'https://issuer.example.test/jwks'
  const document = {
    issuer,
    authorization_endpoint: endpoints.authorization ?? 'https://issuer.example.test/authorize',
    token_endpoint: endpoints.token ?? 'https://issuer.example.test/token',
    jwks_uri: jwks,
  }
  const given: Answers = {
    [endpoints.discovery ?? `${issuer}/.well-known/openid-configuration`]: document,
    [jwks]: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] },
    [document.token_endpoint]: {
      access_token: 'their-token',
      token_type: 'Bearer',
      expires_in: 3600,
      ...(trial.claims === undefined ? {} : { id_token: await idToken(trial.claims) }),
      ...trial.token,
    },
    ...trial.answers,
  }
  const asked: Asked[] = []
  const outbound: Outbound = async (url, request = {}) => {
    const address = String(url)
    asked.push({ url: address, ...request })
    const answer = Object.hasOwn(given, address) ? given[address] : undefined
    const body: unknown = typeof answer === 'function' ? await answer(request) : answer
    if (body instanceof Response) return body
    return body === undefined ? new Response('not found', { status: 404 }) : Response.json(body)
  }
  const runtime = { now: () => new Date(), randomBytes: (length: number) => randomBytes(length) }
  const rows = {
    find: async () => undefined,
    list: async () => [],
    create: async () => undefined,
    update: async () => undefined,
    remove: async () => false,
  }
  const providers = createProviders({
    rows,
    runtime,
    outbound,
    keys: createKeyCache({ outbound, runtime }),
    metadata: createMetadataCache({ outbound, runtime }),
    configured: {},
    skew: 30,
    readAddress: (text) => (text.includes('@') ? text.trim().toLowerCase() : undefined),
  })
  return { providers, at: { provider, settings }, asked, idToken }
}
