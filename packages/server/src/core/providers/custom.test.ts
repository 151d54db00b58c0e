import { describe, expect, it } from 'vitest'
import { signInAt, tryProvider } from '../../../test/world/asked-provider.ts'
import { type CustomProvider, customProvider } from './custom.ts'
import { noSettings } from './provider-settings.ts'

const settings = { ...noSettings, enabled: true, clientIds: ['our-client'], clientSecret: 'our-secret' }
const base = { name: 'Acme', settings, pkce: true, params: {}, mapping: {}, keptClaims: [] }
const oidc: CustomProvider = { ...base, id: 'custom:acme', kind: 'oidc', endpoints: { issuer: 'https://acme.test' } }
const userinfo = 'https://acme.test/userinfo'
const oauth2: CustomProvider = {
  ...base,
  id: 'custom:acme2',
  kind: 'oauth2',
  endpoints: { authorization: 'https://acme.test/a', token: 'https://acme.test/t', userinfo },
}
const signIn = (custom: CustomProvider, trial: Parameters<typeof signInAt>[1]) =>
  signInAt(customProvider(custom), { settings: custom.settings, ...trial })

describe('a provider of an administrator’s own', () => {
  it('reads claims where its mapping says they are, and keeps those it is told to', async () => {
    const custom = {
      ...oauth2,
      mapping: { sub: 'user.key', email: 'user.mails.0', name: 'label' },
      keptClaims: ['plan', 'secret.deep'],
    }
    const { profile } = await signIn(custom, {
      answers: { [userinfo]: { user: { key: 77 }, label: 'Wile E.', plan: 'gold', other: 'left out' } },
    })
    expect(profile).toMatchObject({ subject: '77', name: 'Wile E.', email: null, emailVerified: false })
    expect(profile.data).toMatchObject({ custom_claims: { plan: 'gold' } })
    expect(JSON.stringify(profile)).not.toContain('left out')
  })

  it('takes `id` for the subject where there is no `sub`', async () => {
    const { profile } = await signIn(oauth2, {
      answers: { [userinfo]: { id: 'x', email: 'x@acme.test', email_verified: true } },
    })
    expect(profile).toMatchObject({ subject: 'x', email: 'x@acme.test', emailVerified: true })
  })

  it('S38: lets nobody in without a subject', async () => {
    for (const id of [undefined, null, '', 0, -1, 1.5, {}, ['x']])
      await expect(signIn(oauth2, { answers: { [userinfo]: { id } } })).rejects.toMatchObject({
        code: 'provider_failed',
      })
  })

  it('lets the caller’s scopes take the place of its own, but for `openid`', async () => {
    const custom = { ...oidc, settings: { ...settings, scopes: ['profile'] }, params: { audience: 'api' } }
    const claims = { sub: 'x' }
    const { authorization } = await signIn(custom, { claims, scopes: ['email'] })
    expect(authorization.searchParams.get('scope')).toBe('openid email')
    expect(authorization.searchParams.get('audience')).toBe('api')
    const usual = await signIn({ ...custom, pkce: false }, { claims })
    expect(usual.authorization.searchParams.get('scope')).toBe('openid profile')
    expect(usual.authorization.searchParams.has('code_challenge')).toBe(false)
  })

  it('S39: takes an address and its flag from one document', async () => {
    const endpoints = { issuer: 'https://acme.test', userinfo }
    const info = { sub: 'x', email: 'victim@acme.test', email_verified: true }
    const both = await signIn(
      { ...oidc, endpoints },
      { claims: { sub: 'x', email: 'a@acme.test', email_verified: true }, answers: { [userinfo]: info } },
    )
    expect(both.profile).toMatchObject({ email: 'a@acme.test', emailVerified: true })
    const split = await signIn(
      { ...oidc, endpoints },
      {
        claims: { sub: 'x', email_verified: true },
        answers: { [userinfo]: { sub: 'x', email: 'victim@acme.test' } },
      },
    )
    expect(split.profile).toMatchObject({ email: 'victim@acme.test', emailVerified: false })
    const other = signIn(
      { ...oidc, endpoints },
      { claims: { sub: 'x' }, answers: { [userinfo]: { ...info, sub: 'y' } } },
    )
    await expect(other).rejects.toMatchObject({ details: { reason: 'subject_mismatch' } })
  })

  it('S39: takes the flag of an address for that very address, whatever the mapping reads', async () => {
    const source = { id: 'x', email: 'own@acme.test', email_verified: true, handle: 'victim@acme.test' }
    const read = async (more: object) => {
      const custom = { ...oauth2, mapping: { email: 'handle' } }
      return (await signIn(custom, { answers: { [userinfo]: { ...source, ...more } } })).profile
    }
    expect(await read({})).toMatchObject({ email: 'victim@acme.test', emailVerified: false })
    expect(await read({ handle: 'Own@acme.test' })).toMatchObject({ email: 'own@acme.test', emailVerified: true })
    // A server that has one address, under a name of its own.
    expect(await read({ email: undefined })).toMatchObject({ email: 'victim@acme.test', emailVerified: true })
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'http://acme.test/a',
    'https://us:er@acme.test/a',
    '//acme.test/a',
    'here',
    7,
  ])('S71: sends nobody to %s because a discovery document says so', async (page) => {
    const answers = {
      'https://acme.test/.well-known/openid-configuration': {
        issuer: 'https://acme.test',
        authorization_endpoint: page,
        token_endpoint: 'https://acme.test/t',
        jwks_uri: 'https://acme.test/k',
      },
    }
    const { providers, at } = await tryProvider(customProvider(oidc), { answers })
    const begun = providers.begin(at, {
      ...{ state: 's', nonce: 'n', verifier: 'v'.repeat(43), redirectUri: 'https://auth.acme.test/callback' },
      ...{ scopes: [], params: {} },
    })
    await expect(begun).rejects.toMatchObject({ code: 'provider_failed' })
    await expect(providers.discover(oidc.endpoints)).rejects.toMatchObject({ code: 'provider_failed' })
  })

  it.each(['https://acme.test/', 'https://ACME.test', 'https://acme.test/x', undefined])(
    'S71: refuses a discovery document of %s',
    async (issuer) => {
      const answers = {
        'https://acme.test/.well-known/openid-configuration': {
          issuer,
          authorization_endpoint: 'https://acme.test/a',
          token_endpoint: 'https://acme.test/t',
          jwks_uri: 'https://acme.test/k',
        },
      }
      await expect(signIn(oidc, { claims: { sub: 'x' }, answers })).rejects.toMatchObject({ code: 'provider_failed' })
    },
  )

  it('S74, S145: keeps of the scopes that were granted what a database takes', async () => {
    const token = { scope: 'a\u0000b,c\ud800 \u0000 d', expires_in: 1e300 }
    const { tokens } = await signIn(oauth2, { token, answers: { [userinfo]: { id: 'x' } } })
    expect(tokens.scopes).toEqual(['ab', 'c', 'd'])
  })

  it('S99: keeps names of prototypes as plain data, or not at all', async () => {
    const body = JSON.parse(
      '{"id": "x", "__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    )
    const { profile } = await signIn(
      { ...oauth2, keptClaims: ['__proto__', 'constructor'] },
      { answers: { [userinfo]: body } },
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect((profile.data as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
