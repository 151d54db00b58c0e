import { GoTrueClient, type Provider } from '@supabase/auth-js'
import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogue } from '#src/core/providers/catalogue.ts'
import { startWorld, type World } from '../../world/world.ts'
import { nhostClient } from '../nhost/clients.ts'

/** Where each provider's page is, by our id; those that ask a document or a token first are not among them. */
const pages: Readonly<Record<string, string>> = {
  apple: 'appleid.apple.com/auth/authorize',
  azure: 'login.microsoftonline.com/common/oauth2/v2.0/authorize',
  bitbucket: 'bitbucket.org/site/oauth2/authorize',
  discord: 'discord.com/api/oauth2/authorize',
  facebook: 'www.facebook.com/v21.0/dialog/oauth',
  figma: 'www.figma.com/oauth',
  fly: 'api.fly.io/oauth/authorize',
  github: 'github.com/login/oauth/authorize',
  gitlab: 'gitlab.com/oauth/authorize',
  kakao: 'kauth.kakao.com/oauth/authorize',
  linkedin: 'www.linkedin.com/oauth/v2/authorization',
  linkedin_oidc: 'www.linkedin.com/oauth/v2/authorization',
  notion: 'api.notion.com/v1/oauth/authorize',
  slack: 'slack.com/openid/connect/authorize',
  slack_oidc: 'slack.com/openid/connect/authorize',
  snapchat: 'accounts.snapchat.com/accounts/oauth2/auth',
  spotify: 'accounts.spotify.com/authorize',
  strava: 'www.strava.com/oauth/authorize',
  twitch: 'id.twitch.tv/oauth2/authorize',
  windowslive: 'login.live.com/oauth20_authorize.srf',
  workos: 'api.workos.com/sso/authorize',
  x: 'x.com/i/oauth2/authorize',
  zoom: 'zoom.us/oauth/authorize',
}

let world: World
beforeAll(async () => {
  const all = [...Object.keys(pages), 'google', 'keycloak', 'twitter']
  world = await startWorld({
    config: {
      redirectUrls: ['https://app.example.test/**'],
      providers: Object.fromEntries(
        all.map((id) => [id, { clientId: [`id-of-${id}`], clientSecret: 's', ...more(id) }]),
      ),
    },
  })
})
afterAll(() => world.close())

const more = (id: string) => (id === 'keycloak' ? { url: 'https://id.example.test/realms/one' } : {})

/** Where an address of ours sends a browser on to, and as whom. */
async function leadOf(url: string) {
  const { host, port } = new URL(world.config.settings.publicUrl)
  const own = new URL(url)
  own.host = host
  own.port = port
  const response = await fetch(own, { redirect: 'manual' })
  const lead = new URL(response.headers.get('location') ?? 'none:')
  return { lead, page: lead.host + lead.pathname, clientId: lead.searchParams.get('client_id') }
}

const supabase = () =>
  new GoTrueClient({
    url: `${world.url}/auth/v1`,
    headers: { apikey: world.publishableKey },
    autoRefreshToken: false,
    persistSession: false,
  })

async function supabaseLead(provider: string, queryParams: Record<string, string> = {}) {
  const options = { skipBrowserRedirect: true, queryParams }
  const { data } = await supabase().signInWithOAuth({ provider: provider as Provider, options })
  return leadOf(data.url ?? '')
}

describe('the names that clients have for providers', () => {
  it('stand for every built-in one', () => {
    expect(Object.keys(pages).concat('google', 'keycloak', 'twitter').sort()).toEqual(
      catalogue.map(({ id }) => id).sort(),
    )
  })

  it.each(Object.entries(pages))('lead to %s, with Supabase’s client', async (id, page) => {
    const asked = id === 'workos' ? { workos_provider: 'GoogleOAuth' } : {}
    const { page: lead, clientId, lead: url } = await supabaseLead(id, asked)
    expect([lead, clientId]).toEqual([page, `id-of-${id}`])
    if (id === 'workos') expect(url.searchParams.get('provider')).toBe('GoogleOAuth')
  })

  it.each([
    ...['apple', 'bitbucket', 'discord', 'facebook', 'github', 'gitlab', 'spotify', 'strava', 'twitch'].map((id) => [
      id,
      id,
    ]),
    ['azuread', 'azure'],
    ['entraid', 'azure'],
    ['linkedin', 'linkedin_oidc'],
    ['windowslive', 'windowslive'],
    ['workos', 'workos'],
  ])('%s leads to %s, with Nhost’s client', async (name = '', id = '') => {
    const providerSpecificParams = name === 'workos' ? { connection: 'conn_1' } : {}
    const options = { redirectTo: 'https://app.example.test/', providerSpecificParams }
    const url = nhostClient(world).auth.signInProviderURL(name as 'github', options)
    const { page, clientId, lead } = await leadOf(url)
    expect([page, clientId]).toEqual([pages[id], `id-of-${id}`])
    const back = lead.searchParams.get('redirect_uri') ?? ''
    expect(new URL(back).pathname).toMatch(new RegExp(`/signin/provider/${name}/callback$`))
  })

  it.each(['facebook', 'apple', 'discord', 'github'] as const)('lead to %s, with Altogic’s client', async (name) => {
    const held = globalThis as { window?: unknown }
    const location = { href: '' }
    held.window = { location }
    try {
      createClient(world.config.settings.publicUrl, world.publishableKey).auth.signInWithProvider(name)
    } finally {
      delete held.window
    }
    const { page, clientId } = await leadOf(location.href)
    expect([page, clientId]).toEqual([pages[name], `id-of-${name}`])
  })

  it('are all shown as switched on', async () => {
    const headers = { apikey: world.publishableKey }
    const theirs = await fetch(`${world.url}/auth/v1/settings`, { headers })
    const { external } = (await theirs.json()) as { external: Record<string, boolean> }
    const { anonymous_users: _, email: __, phone: ___, ...social } = external
    expect(Object.entries(social).filter(([, isOn]) => !isOn)).toEqual([])
    const own = (await (await fetch(`${world.url}/v1/settings`)).json()) as { providers: { id: string }[] }
    expect(own.providers.map(({ id }) => id)).toEqual(catalogue.map(({ id }) => id))
  })
})

describe('WorkOS', () => {
  it('says what is missing where nobody has chosen, before anybody leaves', async () => {
    const response = await fetch(`${world.config.settings.publicUrl}/auth/v1/authorize?provider=workos`, {
      redirect: 'manual',
    })
    expect([response.status, await response.json()]).toMatchObject([400, { error_code: 'validation_failed' }])
  })
})
