import type { JsonObject } from '../users/user.ts'
import { type CustomProvider, customProvider } from './custom.ts'
import { record } from './facts.ts'
import type { Endpoints, Provider, ProviderSettings } from './provider.ts'
import type { ProviderRow } from './provider-rows.ts'

/** What holds for a provider of which nothing is set. */
export const noSettings: ProviderSettings = {
  enabled: false,
  clientIds: [],
  clientSecret: undefined,
  url: undefined,
  movedFrom: undefined,
  redirectUri: undefined,
  scopes: [],
  emailOptional: false,
  skipNonceCheck: false,
  trustEmail: true,
  linking: 'verified',
  keepTokens: false,
  options: {},
}

/** Settings of a built-in provider, with what an administrator has stored over those of the configuration. */
export function overridden(configured: ProviderSettings, row: ProviderRow | undefined): ProviderSettings {
  if (row === undefined) return configured
  const { options, ...stored } = row.settings as Partial<ProviderSettings>
  return {
    ...configured,
    // Whoever switches a provider off means its ID tokens as well.
    idTokens: stored.enabled === undefined ? configured.idTokens : undefined,
    ...stored,
    clientSecret: row.clientSecret ?? configured.clientSecret,
    options: { ...configured.options, ...options },
  }
}

/** What a row says about a provider of an administrator's own. */
export function customOf({ name: id, kind, settings, clientSecret }: ProviderRow): CustomProvider {
  const said = settings as Partial<Omit<CustomProvider, 'settings'>> & { readonly settings?: Partial<ProviderSettings> }
  return {
    id,
    kind: kind === 'oauth2' ? 'oauth2' : 'oidc',
    name: said.name ?? id,
    endpoints: record(said.endpoints) as Endpoints,
    settings: { ...noSettings, linking: 'never', ...said.settings, clientSecret: clientSecret ?? undefined },
    pkce: said.pkce ?? true,
    params: said.params ?? {},
    mapping: said.mapping ?? {},
    keptClaims: said.keptClaims ?? [],
  }
}

/** A custom provider as it is stored: all but its id, its kind and its secret. */
export function storedCustom({ id: _, kind: __, settings, ...rest }: CustomProvider): JsonObject {
  const { clientSecret: ___, ...kept } = settings
  return { ...rest, settings: kept }
}

/** Driver and settings of a row's own provider. */
export function fromRow(row: ProviderRow): { readonly provider: Provider; readonly settings: ProviderSettings } {
  const custom = customOf(row)
  return { provider: customProvider(custom), settings: custom.settings }
}
