import { catalogue } from '../core/providers/catalogue.ts'
import type { Given } from './layer.ts'

type Reader = (value: string) => string
/** One of our settings, and how a variable's value is read as it. */
export type Equivalent = readonly [path: string, read: Reader]

const same: Reader = (value) => value
const tenant: Reader = (value) => `https://login.microsoftonline.com/${encodeURIComponent(value.trim())}`
const pem: Reader = (value) => (value.includes('-----') ? value : Buffer.from(value, 'base64').toString('utf8'))

/** What the Supabase auth server calls the settings of a provider: `GOTRUE_EXTERNAL_GOOGLE_SECRET`. */
const ofSupabase: Readonly<Record<string, string>> = {
  ENABLED: 'enabled',
  CLIENT_ID: 'clientId',
  SECRET: 'clientSecret',
  REDIRECT_URI: 'redirectUri',
  URL: 'url',
  EMAIL_OPTIONAL: 'emailOptional',
  SKIP_NONCE_CHECK: 'skipNonceCheck',
}

/** What the Nhost auth server calls them: `AUTH_PROVIDER_GOOGLE_CLIENT_SECRET`. */
const ofNhost: Readonly<Record<string, string>> = {
  ENABLED: 'enabled',
  CLIENT_ID: 'clientId',
  CLIENT_SECRET: 'clientSecret',
  SCOPE: 'scopes',
}

/** Providers that go by other names there; of two the last is the stronger. */
const nhostNames: Readonly<Record<string, readonly string[]>> = {
  azure: ['AZUREAD', 'ENTRAID'],
  linkedin: [],
  linkedin_oidc: ['LINKEDIN'],
  windowslive: ['WINDOWS_LIVE'],
}

/** What both say about one provider alone. */
const particular: Readonly<Record<string, Equivalent>> = {
  AUTH_PROVIDER_AZUREAD_TENANT: ['providers.azure.url', tenant],
  AUTH_PROVIDER_ENTRAID_TENANT: ['providers.azure.url', tenant],
  AUTH_PROVIDER_APPLE_TEAM_ID: ['providers.apple.teamId', same],
  AUTH_PROVIDER_APPLE_KEY_ID: ['providers.apple.keyId', same],
  AUTH_PROVIDER_APPLE_PRIVATE_KEY: ['providers.apple.privateKey', pem],
  AUTH_PROVIDER_APPLE_AUDIENCE: ['providers.apple.bundleIds', same],
  AUTH_PROVIDER_TWITTER_CONSUMER_KEY: ['providers.twitter.clientId', same],
  AUTH_PROVIDER_TWITTER_CONSUMER_SECRET: ['providers.twitter.clientSecret', same],
  AUTH_PROVIDER_WORKOS_DEFAULT_CONNECTION: ['providers.workos.defaultConnection', same],
  AUTH_PROVIDER_WORKOS_DEFAULT_ORGANIZATION: ['providers.workos.defaultOrganization', same],
  AUTH_PROVIDER_WORKOS_DEFAULT_DOMAIN: ['providers.workos.defaultDomain', same],
  GOTRUE_EXTERNAL_IOS_BUNDLE_ID: ['providers.apple.bundleIds', same],
}

/** The variables of both servers about built-in providers, and the settings they say. */
export function providerVariables(): readonly (readonly [variable: string, Equivalent])[] {
  return [
    ...catalogue.flatMap(({ id }) => {
      const name = id.toUpperCase()
      return [
        ...(nhostNames[id] ?? [name]).flatMap((theirs) => variablesOf(`AUTH_PROVIDER_${theirs}`, id, ofNhost)),
        ...variablesOf(`GOTRUE_EXTERNAL_${name}`, id, ofSupabase),
      ]
    }),
    ...Object.entries(particular),
  ]
}

const isSaid = (env: Readonly<Record<string, string | undefined>>, name: string) => (env[name] ?? '').trim() !== ''

/** Providers that Nhost's server knows the credentials of and was never told to let people sign in with: there they are off. */
export function unsaidProviders(env: Readonly<Record<string, string | undefined>>): [string, Given][] {
  return catalogue.flatMap(({ id }): [string, Given][] => {
    const ours = id.toUpperCase()
    if ([`WATCHWORD_PROVIDERS_${ours}`, `GOTRUE_EXTERNAL_${ours}`].some((name) => isSaid(env, `${name}_CLIENT_ID`)))
      return []
    const theirs = (nhostNames[id] ?? [ours]).map((name) => `AUTH_PROVIDER_${name}`)
    const named = theirs
      .flatMap((name) => [`${name}_CLIENT_ID`, `${name}_CONSUMER_KEY`])
      .find((name) => isSaid(env, name))
    if (named === undefined || theirs.some((name) => isSaid(env, `${name}_ENABLED`))) return []
    return [[`providers.${id}.enabled`, { value: 'false', name: named }]]
  })
}

function variablesOf(
  prefix: string,
  id: string,
  settings: Readonly<Record<string, string>>,
): (readonly [string, Equivalent])[] {
  return Object.entries(settings).map(([name, setting]) => [`${prefix}_${name}`, [`providers.${id}.${setting}`, same]])
}
