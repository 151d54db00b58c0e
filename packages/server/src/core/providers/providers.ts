import { Refusal } from '../../base/errors.ts'
import type { Outbound } from '../../base/outbound.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { JsonObject } from '../users/user.ts'
import { authorizationUrl, type Beginning, type Begun } from './authorization.ts'
import { catalogue } from './catalogue.ts'
import { customPrefix } from './custom.ts'
import { type Asking, exchangeAtProvider, type Returned, refreshAtProvider } from './exchange.ts'
import { issuerIn, refuseUnreadable, verifyIdToken } from './id-token.ts'
import type { KeyCache } from './key-cache.ts'
import { beginOAuth1, exchangeOAuth1 } from './oauth1.ts'
import { type Endpoints, type Provider, type ProviderSettings, type ProviderTokens, takesIdTokens } from './provider.ts'
import type { ProviderRow, ProviderRows } from './provider-rows.ts'
import { fromRow, noSettings, overridden } from './provider-settings.ts'
import { failed } from './read-json.ts'
import { type KnownProfile, profileOfClaims, readProfile } from './read-profile.ts'
import type { MetadataCache } from './server-metadata.ts'

/** A provider as it stands on this server. */
export interface SetProvider {
  readonly provider: Provider
  readonly settings: ProviderSettings
}

/** Who came back from a provider, and the tokens that came along. */
export interface SignedInThere {
  readonly profile: KnownProfile
  readonly tokens: ProviderTokens
}

/** An ID token that an app hands in. */
export interface HandedToken {
  readonly idToken: string
  readonly nonce: string | undefined
  readonly accessToken: string | undefined
}

/** Signing in with accounts elsewhere. All but `find` and the lists go over the network: never inside a transaction. */
export interface Providers {
  /** A provider whether people may use it or not; undefined for one that nobody knows. */
  find(id: string): Promise<SetProvider | undefined>
  /** Every provider that is switched on, built-in ones first. */
  list(): Promise<SetProvider[]>
  /** Every provider there is, switched on or not. */
  listAll(): Promise<SetProvider[]>
  /** The address at which a person signs in there. @throws Refusal `provider_failed`, `validation_failed` */
  begin(at: SetProvider, beginning: Beginning): Promise<Begun>
  /** Who came back. @throws Refusal `access_denied`, `provider_failed`, `id_token_invalid` */
  finish(
    at: SetProvider,
    returned: Returned & { readonly nonce: string; readonly posted: JsonObject },
  ): Promise<SignedInThere>
  /**
   * Which issuer an ID token names, of a provider that has several; undefined for one that has not. Nothing is verified.
   * @throws Refusal `id_token_invalid` with `details.reason` `issuer_unreadable` or `issuer_foreign`
   */
  claimedIssuer(at: SetProvider, idToken: string): Promise<string | undefined>
  /** Whom an ID token speaks for. @throws Refusal `id_token_invalid`, `provider_disabled`, `provider_failed` */
  identify(at: SetProvider, handed: HandedToken): Promise<KnownProfile>
  /** Fresh tokens. @throws Refusal `provider_failed` */
  refresh(at: SetProvider, refreshToken: string): Promise<ProviderTokens>
  /** The discovery document of a provider to be. @throws Refusal `provider_failed` */
  discover(endpoints: Endpoints): Promise<JsonObject>
}

/** What the room works with. */
export interface ProvidersDeps {
  readonly rows: ProviderRows
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  readonly outbound: Outbound
  readonly keys: KeyCache
  readonly metadata: MetadataCache
  /** Settings of built-in providers, by id. */
  readonly configured: Readonly<Record<string, ProviderSettings>>
  /** Seconds that clocks may differ. */
  readonly skew: number
  /** An e-mail address in its stored form, or undefined. */
  readAddress(text: string): string | undefined
}

/** Joins drivers, settings and caches. */
export function createProviders(deps: ProvidersDeps): Providers {
  const builtIn = (provider: Provider, row: ProviderRow | undefined): SetProvider => ({
    provider,
    settings: overridden(deps.configured[provider.id] ?? noSettings, row),
  })
  const asking = async ({ provider, settings }: SetProvider, kind = provider.kind): Promise<Asking> => ({
    provider,
    settings,
    server: await deps.metadata.complete(provider.endpoints(settings), kind),
    outbound: deps.outbound,
    runtime: deps.runtime,
    readAddress: deps.readAddress,
  })
  const listAll = async (): Promise<SetProvider[]> => {
    const rows = await deps.rows.list()
    const known = catalogue.map((provider) =>
      builtIn(
        provider,
        rows.find(({ name }) => name === provider.id),
      ),
    )
    const own = rows.filter(({ kind }) => kind !== 'built_in').map(fromRow)
    return [...known, ...own]
  }
  return {
    async find(id) {
      const row = await deps.rows.find(id)
      if (id.startsWith(customPrefix)) return row === undefined ? undefined : fromRow(row)
      const provider = catalogue.find((one) => one.id === id)
      return provider === undefined ? undefined : builtIn(provider, row)
    },
    list: async () => (await listAll()).filter(({ settings }) => settings.enabled),
    listAll,
    async begin(at, beginning) {
      const asked = await asking(at)
      if (asked.server.temporary !== undefined) return beginOAuth1(asked, beginning)
      return { url: authorizationUrl(at, asked.server, beginning) }
    },
    finish: async (at, returned) => finish(deps, await asking(at), returned),
    claimedIssuer,
    // Whose keys are nowhere said has them in its document, even if the rest of it speaks OAuth alone.
    identify: (at, handed) => identify(deps, at, (whom) => asking(whom, 'oidc'), handed),
    refresh: async (at, refreshToken) => (await refreshAtProvider(await asking(at), refreshToken)).tokens,
    discover: (endpoints) => deps.metadata.discover(endpoints),
  }
}

/** Whom ID tokens that were handed in may be made out to. */
export function audiencesOf({ provider, settings }: SetProvider): readonly string[] {
  return [...settings.clientIds, ...(provider.idTokens?.audiences?.(settings) ?? [])].filter((one) => one !== '')
}

type Checking = Pick<ProvidersDeps, 'keys' | 'runtime' | 'skew'>

async function finish(
  deps: Checking,
  asking: Asking,
  returned: Returned & { readonly nonce: string; readonly posted: JsonObject },
): Promise<SignedInThere> {
  const { provider, server, settings } = asking
  const { posted } = returned
  if (server.temporary !== undefined) {
    const { answer, sign } = await exchangeOAuth1(asking, returned)
    return { profile: await readProfile(asking, { claims: {}, answer, posted, sign }), tokens: answer.tokens }
  }
  const answer = await exchangeAtProvider(asking, returned)
  const { idToken, accessToken } = answer.tokens
  if (provider.kind === 'oauth2')
    return { profile: await readProfile(asking, { claims: {}, answer, posted }), tokens: answer.tokens }
  if (idToken === null || server.jwks === undefined) throw failed('no_id_token')
  const claims = await verifyIdToken(deps, idToken, {
    jwks: server.jwks,
    isIssuer: issuerRule(asking),
    audiences: settings.clientIds.slice(0, 1),
    nonce: provider.quirks?.nonce === false ? { kind: 'unchecked' } : { kind: 'exact', value: returned.nonce },
    accessToken,
  })
  return { profile: await readProfile(asking, { claims, answer, posted }), tokens: answer.tokens }
}

async function claimedIssuer({ provider, settings }: SetProvider, idToken: string): Promise<string | undefined> {
  const { knowsIssuer } = provider.idTokens ?? {}
  if (knowsIssuer === undefined) return undefined
  const issuer = await issuerIn(idToken)
  if (knowsIssuer(issuer, settings)) return issuer
  throw new Refusal('id_token_invalid', { details: { reason: 'issuer_foreign' } })
}

async function identify(
  deps: Checking,
  at: SetProvider,
  asking: (at: SetProvider) => Promise<Asking>,
  { idToken, nonce, accessToken }: HandedToken,
): Promise<KnownProfile> {
  const { provider, settings } = at
  const { idTokens } = provider
  if (idTokens === undefined || !takesIdTokens(provider))
    throw new Refusal('provider_disabled', { details: { reason: 'no_id_tokens' } })
  await refuseUnreadable(idToken)
  const asked = await asking(at)
  if (asked.server.jwks === undefined) throw failed('no_keys')
  const claims = await verifyIdToken(deps, idToken, {
    jwks: asked.server.jwks,
    isIssuer: issuerRule(asked),
    audiences: audiencesOf(at),
    nonce:
      settings.skipNonceCheck || idTokens.skipsNonce === true
        ? { kind: 'unchecked' }
        : { kind: 'handed', value: nonce },
    accessToken,
  })
  return profileOfClaims(asked, claims)
}

function issuerRule({ provider, server, settings }: Asking) {
  const { isIssuer } = provider.idTokens ?? {}
  return (issuer: string, claims: JsonObject): boolean =>
    isIssuer === undefined ? issuer === server.issuer : isIssuer(issuer, claims, settings)
}
