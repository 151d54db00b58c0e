import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'

const aFolder = temporaryFolders()

async function providersOf(env: Record<string, string>) {
  const cwd = await aFolder()
  const { deployment } = await loadConfig({ cwd, env, keys: 'pretend' })
  return deployment.providers
}

describe('what other servers call the settings of providers', () => {
  it('is understood by the names Supabase has', async () => {
    const providers = await providersOf({
      GOTRUE_EXTERNAL_LINKEDIN_OIDC_CLIENT_ID: 'new',
      GOTRUE_EXTERNAL_LINKEDIN_CLIENT_ID: 'old',
      GOTRUE_EXTERNAL_KEYCLOAK_CLIENT_ID: 'k',
      GOTRUE_EXTERNAL_KEYCLOAK_URL: 'https://id.example.test/realms/one',
      GOTRUE_EXTERNAL_SPOTIFY_EMAIL_OPTIONAL: 'true',
      GOTRUE_EXTERNAL_IOS_BUNDLE_ID: 'test.example.app',
    })
    expect(providers).toMatchObject({
      linkedin_oidc: { clientIds: ['new'], enabled: true },
      linkedin: { clientIds: ['old'] },
      keycloak: { url: 'https://id.example.test/realms/one' },
      spotify: { emailOptional: true, enabled: false },
      apple: { options: { bundleIds: 'test.example.app' } },
    })
  })

  it('is understood by the names Nhost has', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----'
    const providers = await providersOf({
      AUTH_PROVIDER_LINKEDIN_CLIENT_ID: 'l',
      AUTH_PROVIDER_WINDOWS_LIVE_CLIENT_ID: 'w',
      AUTH_PROVIDER_AZUREAD_CLIENT_ID: 'older',
      AUTH_PROVIDER_ENTRAID_CLIENT_ID: 'newer',
      AUTH_PROVIDER_ENTRAID_TENANT: 'organizations',
      AUTH_PROVIDER_WORKOS_CLIENT_ID: 'wo',
      AUTH_PROVIDER_WORKOS_DEFAULT_ORGANIZATION: 'org_1',
      AUTH_PROVIDER_APPLE_PRIVATE_KEY: Buffer.from(key).toString('base64'),
      AUTH_PROVIDER_TWITTER_CONSUMER_KEY: 'ck',
      AUTH_PROVIDER_STRAVA_SCOPE: 'read,activity:read',
    })
    expect(providers).toMatchObject({
      linkedin_oidc: { clientIds: ['l'] },
      linkedin: { clientIds: [] },
      windowslive: { clientIds: ['w'] },
      azure: { clientIds: ['newer'], url: 'https://login.microsoftonline.com/organizations' },
      twitter: { clientIds: ['ck'] },
      workos: { options: { defaultOrganization: 'org_1' } },
      apple: { options: { privateKey: key } },
      strava: { scopes: ['read', 'activity:read'] },
    })
  })

  it('leaves off what Nhost was not told to let people sign in with, though it has its credentials', async () => {
    const providers = await providersOf({
      AUTH_PROVIDER_GITHUB_CLIENT_ID: 'g',
      AUTH_PROVIDER_GITHUB_CLIENT_SECRET: 's',
      AUTH_PROVIDER_TWITTER_CONSUMER_KEY: 'ck',
      AUTH_PROVIDER_DISCORD_CLIENT_ID: 'd',
      AUTH_PROVIDER_DISCORD_ENABLED: 'true',
      AUTH_PROVIDER_ENTRAID_CLIENT_ID: 'e',
      AUTH_PROVIDER_AZUREAD_ENABLED: 'true',
      AUTH_PROVIDER_SPOTIFY_CLIENT_ID: 'left over',
      WATCHWORD_PROVIDERS_SPOTIFY_CLIENT_ID: 'ours',
      AUTH_PROVIDER_GITLAB_CLIENT_ID: 'l',
      WATCHWORD_PROVIDERS_GITLAB_ENABLED: 'true',
    })
    expect(providers).toMatchObject({
      github: { clientIds: ['g'], enabled: false },
      twitter: { clientIds: ['ck'], enabled: false },
      discord: { enabled: true },
      azure: { clientIds: ['e'], enabled: true },
      spotify: { clientIds: ['ours'], enabled: true },
      gitlab: { clientIds: ['l'], enabled: true },
    })
  })

  it('says what a provider cannot do without', async () => {
    await expect(providersOf({ GOTRUE_EXTERNAL_KEYCLOAK_CLIENT_ID: 'k' })).rejects.toMatchObject({
      mistakes: [{ setting: 'WATCHWORD_PROVIDERS_KEYCLOAK_URL' }],
    })
    expect(await providersOf({ GOTRUE_EXTERNAL_KEYCLOAK_ENABLED: 'true' })).toMatchObject({
      keycloak: { enabled: true },
    })
  })
})
