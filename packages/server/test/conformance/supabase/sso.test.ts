import type { GoTrueClient } from '@supabase/auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Employee } from '../../world/saml-idp.ts'
import { introduce, post, type SsoWorld, startSso } from '../../world/sso.ts'
import { adminApi, authClient, goodPassword, worked } from './clients.ts'

let world: SsoWorld
let provider: string
const app = 'https://app.example.test/welcome?from=home'
beforeAll(async () => {
  world = await startSso()
  provider = await introduce(world, {
    attribute_mapping: {
      keys: {
        full_name: { name: 'displayName' },
        department: { names: ['nothing', 'urn:department'] },
        groups: { name: 'groups', array: true },
        plan: { default: 'enterprise' },
      },
    },
  })
})
afterAll(() => world.close())

let count = 0
/** Somebody new at Acme. */
function employee(more: Record<string, readonly string[]> = {}): Employee {
  count += 1
  return { nameId: `acme-${count}`, attributes: { mail: [`ada${count}@acme.test`], ...more } }
}
const mailOf = ({ attributes }: Employee) => attributes['mail']?.[0] ?? ''

/** Where a browser ends up that signs in at Acme. */
async function landing(client: GoTrueClient, person: Employee, by: object = { domain: 'acme.test' }): Promise<URL> {
  world.idp.person = person
  const options = { redirectTo: app }
  const { url } = worked(await client.signInWithSSO({ ...by, options } as never)) as { url: string }
  const { action, fields } = await world.idp.visit(url)
  const answer = await post(action, fields)
  expect(answer.status).toBe(302)
  return new URL(answer.headers.get('location') ?? '')
}

async function signIn(person: Employee, by?: object) {
  const client = authClient(world, { flowType: 'pkce' })
  const place = await landing(client, person, by)
  const { session, user } = worked(await client.exchangeCodeForSession(place.searchParams.get('code') ?? ''))
  return { client, place, session, user }
}

describe('signInWithSSO', () => {
  it('ends in a session in the PKCE flow, by domain whatever its case', async () => {
    const person = employee({ displayName: ['Ada Lovelace'], 'urn:department': ['Engines'], groups: ['a', 'b'] })
    const { place, session, user } = await signIn(person, { domain: 'Acme.Test' })
    expect(place.origin + place.pathname).toBe('https://app.example.test/welcome')
    expect(place.searchParams.get('from')).toBe('home')
    expect(user).toMatchObject({
      email: mailOf(person),
      role: 'authenticated',
      app_metadata: { provider: `sso:${provider}`, providers: [`sso:${provider}`] },
      user_metadata: {
        full_name: 'Ada Lovelace',
        custom_claims: { department: 'Engines', groups: ['a', 'b'], plan: 'enterprise' },
        email: mailOf(person),
        email_verified: true,
        phone_verified: false,
        iss: world.idp.entityId,
        sub: person.nameId,
      },
      identities: [{ id: person.nameId, provider: `sso:${provider}`, identity_data: { email: mailOf(person) } }],
    })
    expect(user?.email_confirmed_at).toBeTruthy()
    const claims = JSON.parse(Buffer.from(session?.access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims.amr).toEqual([{ method: 'sso/saml', timestamp: expect.any(Number), provider }])
  })

  it('brings tokens in the fragment in the implicit flow, by provider', async () => {
    const person = employee()
    const client = authClient(world, { flowType: 'implicit' })
    const place = await landing(client, person, { providerId: provider })
    const fragment = new URLSearchParams(place.hash.slice(1))
    expect([...fragment.keys()]).toEqual([
      'access_token',
      'expires_at',
      'expires_in',
      'refresh_token',
      'sb',
      'token_type',
    ])
    const tokens = {
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }
    expect(worked(await client.setSession(tokens)).user?.email).toBe(mailOf(person))
  })

  it('knows the same person again, by what the provider calls them, and follows their address', async () => {
    const person = employee()
    const { user: before } = await signIn(person)
    const moved = { nameId: person.nameId, attributes: { mail: [`moved-${mailOf(person)}`] } }
    const { user: after } = await signIn(moved)
    expect(after?.id).toBe(before?.id)
    expect(after?.email).toBe(mailOf(moved))
  })

  it('returns to the site where the place is not listed', async () => {
    world.idp.person = employee()
    const client = authClient(world, { flowType: 'pkce' })
    const { url } = worked(
      await client.signInWithSSO({ domain: 'acme.test', options: { redirectTo: 'https://evil.example/' } }),
    ) as { url: string }
    const { action, fields } = await world.idp.visit(url)
    const answer = await post(action, fields)
    expect(new URL(answer.headers.get('location') ?? '').origin).toBe(world.origin)
  })

  it('tells what is unknown, switched off, or asked for wrongly', async () => {
    const client = authClient(world)
    const other = '00000000-0000-4000-8000-000000000000'
    const refusals = [
      [{ domain: 'nobody.test' }, 404, 'sso_provider_not_found'],
      [{ providerId: other }, 404, 'sso_provider_not_found'],
      [{ providerId: 'acme' }, 400, 'bad_json'],
      [{ providerId: provider, domain: 'acme.test' }, 400, 'validation_failed'],
      [{ providerId: '' }, 400, 'bad_json'],
    ] as const
    for (const [by, status, code] of refusals) {
      const body = {
        ...('domain' in by ? { domain: by.domain } : {}),
        ...('providerId' in by ? { provider_id: by.providerId } : {}),
      }
      const answer = await fetch(`${world.url}/auth/v1/sso`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect([answer.status, ((await answer.json()) as { error_code: string }).error_code]).toEqual([status, code])
    }
    const { error } = await client.signInWithSSO({ domain: 'nobody.test' })
    expect(error).toMatchObject({ status: 404, code: 'sso_provider_not_found' })
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: true })
    expect((await client.signInWithSSO({ domain: 'acme.test' })).error).toMatchObject({
      status: 404,
      code: 'sso_provider_disabled',
      message: 'SSO Provider is currently disabled',
    })
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: false })
  })

  it('answers a redirect to whoever does not ask for the address', async () => {
    const answer = await fetch(`${world.url}/auth/v1/sso`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ domain: 'acme.test' }),
    })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toMatch(/SAMLRequest=.*&Signature=/)
  })
})

describe('an account of an organisation', () => {
  it('is changed there alone', async () => {
    const { client } = await signIn(employee())
    for (const change of [{ email: 'other@acme.test' }, { password: goodPassword }, { phone: '4915112345678' }])
      expect((await client.updateUser(change)).error).toMatchObject({ status: 422, code: 'user_sso_managed' })
    expect(worked(await client.updateUser({ data: { theme: 'dark' } })).user.user_metadata['theme']).toBe('dark')
  })

  it('is found by no address: neither a password, a code nor a link leads to it', async () => {
    const person = employee()
    await signIn(person)
    const email = mailOf(person)
    const client = authClient(world)
    expect((await client.signInWithPassword({ email, password: goodPassword })).error?.code).toBe('invalid_credentials')
    expect((await client.signInWithOtp({ email, options: { shouldCreateUser: false } })).error?.code).toBe(
      'otp_disabled',
    )
    await client.resetPasswordForEmail(email)
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('is seen and removed by administrators like any other', async () => {
    const { client, user } = await signIn(employee())
    const api = adminApi(world)
    expect(worked(await api.getUserById(user?.id ?? '')).user?.email).toBe(user?.email)
    worked(await api.deleteUser(user?.id ?? ''))
    expect((await client.getUser()).error).not.toBeNull()
  })
})

describe('the metadata of this server', () => {
  it('says who it is, where answers go and what requests are signed with', async () => {
    const answer = await fetch(`${world.url}/auth/v1/sso/saml/metadata`)
    const xml = await answer.text()
    expect(answer.headers.get('content-type')).toBe('application/xml; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=600')
    expect(xml).toContain(`entityID="${world.origin}/auth/v1/sso/saml/metadata"`)
    expect(xml).toContain(`Location="${world.origin}/auth/v1/sso/saml/acs"`)
    expect(xml).toContain('AuthnRequestsSigned="true"')
    expect(xml.match(/<NameIDFormat>/g)).toHaveLength(2)
    expect(xml).not.toContain('use="encryption"')
    expect(await (await fetch(`${world.url}/auth/v1/sso/saml/metadata`)).text()).toBe(xml)
  })

  it('can be downloaded, with a date', async () => {
    const answer = await fetch(`${world.url}/auth/v1/sso/saml/metadata?download=true`)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="metadata.xml"')
    expect(await answer.text()).toMatch(/validUntil="\d{4}-/)
  })

  it('is announced in the settings', async () => {
    const settings = (await (await fetch(`${world.url}/auth/v1/settings`)).json()) as Record<string, unknown>
    expect(settings).toMatchObject({ saml_enabled: true, saml_private_key_next_configured: false })
  })
})
