import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, authClient, goodPassword, worked } from './clients.ts'

let world: World
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer('our-app')
  const at = { clientId: ['our-app', 'our-android-app'], url: issuer.issuer }
  world = await startWorld({
    config: { outbound: { allow: ['127.0.0.1'] }, providers: { google: at, apple: { ...at, skipNonceCheck: true } } },
  })
})
afterAll(async () => {
  await world.close()
  await issuer.close()
})

let count = 0
const claims = (more: Record<string, unknown> = {}) => {
  count += 1
  return { sub: `there-${count}`, email: anAddress('there'), email_verified: true, name: 'Ada Lovelace', ...more }
}
const hashed = (nonce: string) => createHash('sha256').update(nonce).digest('hex')

describe('signInWithIdToken', () => {
  it('signs in with a token of Google, made out to any of our apps, with a hashed nonce', async () => {
    const who = claims({ aud: 'our-android-app', azp: 'our-app', nonce: hashed('raw') })
    const client = authClient(world)
    const { user, session } = worked(
      await client.signInWithIdToken({ provider: 'google', token: await issuer.token(who), nonce: 'raw' }),
    )
    expect(user).toMatchObject({ email: who.email, app_metadata: { provider: 'google', providers: ['google'] } })
    expect(user?.user_metadata).toMatchObject({ full_name: 'Ada Lovelace', iss: issuer.issuer, sub: who.sub })
    const [, body = ''] = session?.access_token.split('.') ?? []
    expect(JSON.parse(Buffer.from(body, 'base64url').toString()).amr[0].method).toBe('oauth')
  })

  it('signs in with a token of Apple, whose flag is text and whose nonce is not looked at', async () => {
    const token = await issuer.token(claims({ email_verified: 'true', nonce: 'whatever' }))
    const { user } = worked(await authClient(world).signInWithIdToken({ provider: 'apple', token }))
    expect(user?.email_confirmed_at).toBeTruthy()
  })

  it('compares the access token where the token has its digest', async () => {
    const half = createHash('sha256').update('theirs').digest().subarray(0, 16).toString('base64url')
    const sign = async (accessToken: string) => {
      const token = await issuer.token(claims({ at_hash: half }))
      return authClient(world).signInWithIdToken({ provider: 'google', token, access_token: accessToken })
    }
    expect((await sign('theirs')).error).toBeNull()
    expect((await sign('others')).error?.message).toBe('Bad ID token')
  })

  it('says in upstream’s words what is wrong', async () => {
    const post = async (body: object, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${world.url}/auth/v1/token?grant_type=id_token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      return [answer.status, await answer.json()]
    }
    const oauth = (error: string, text: string) => [400, { error, error_description: text }]
    const invalid = (text: string) => oauth('invalid request', text)
    const id_token = await issuer.token(claims())
    expect(await post({})).toEqual(invalid('id_token required'))
    expect(await post({ id_token })).toEqual(invalid('provider or client_id and issuer required'))
    expect(await post({ id_token: 'x.y.z', provider: 'google' })).toEqual(invalid('Bad ID token'))
    expect(await post({ id_token: await issuer.token(claims({ sub: null })), provider: 'google' })).toEqual(
      invalid('Missing sub claim in id_token'),
    )
    expect(await post({ id_token: await issuer.token(claims({ aud: 'others' })), provider: 'google' })).toEqual(
      invalid('Unacceptable audience in id_token: [others]'),
    )
    expect(await post({ id_token, provider: 'google', nonce: 'n' })).toEqual(
      invalid('Passed nonce and nonce in id_token should either both exist or not.'),
    )
    const nonce = await issuer.token(claims({ nonce: hashed('n') }))
    expect(await post({ id_token: nonce, provider: 'google', nonce: 'm' })).toEqual(
      oauth('invalid nonce', 'Nonces mismatch'),
    )
    expect(await post({ id_token, provider: 'google', link_identity: true })).toEqual(
      invalid('Linking requires a valid user access token in Authorization'),
    )
    expect(
      await post({ id_token, provider: 'google', link_identity: true }, { authorization: 'Basic x' }),
    ).toMatchObject([401, { error_code: 'no_authorization', msg: 'This endpoint requires a valid Bearer token' }])
    expect(
      await post({ id_token, provider: 'google', link_identity: true }, { authorization: 'Bearer x' }),
    ).toMatchObject([403, { error_code: 'bad_jwt', msg: expect.stringMatching(/^invalid JWT/) }])
    expect(await post({ id_token, provider: 'facebook' })).toMatchObject([
      400,
      { error_code: 'provider_disabled', msg: 'Provider (issuer "https://www.facebook.com") is not enabled' },
    ])
    expect(await post({ id_token, client_id: 'our-app', issuer: 'https://issuer.test' })).toMatchObject([
      400,
      { error_code: 'validation_failed', msg: 'Custom OIDC provider "" not allowed' },
    ])
    expect(await post({ id_token, provider: 'nonsense' })).toMatchObject([
      400,
      { error_code: 'validation_failed', msg: 'Custom OIDC provider "nonsense" not allowed' },
    ])
    expect(await post({ id_token, provider: 'custom:nobody' })).toMatchObject([
      400,
      { error_code: 'validation_failed', msg: 'Custom provider "custom:nobody" not found' },
    ])
    expect(await post({ id_token, client_id: 'our-app', issuer: 'https://accounts.google.com' })).toMatchObject([
      200,
      {},
    ])
  })

  it('says of Apple and Microsoft first whether the token is of an issuer of theirs', async () => {
    const post = async (body: object) => {
      const answer = await fetch(`${world.url}/auth/v1/token?grant_type=id_token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const { error_code, msg } = (await answer.json()) as Record<string, string>
      return [answer.status, error_code, msg]
    }
    const fault = (text: string) => [400, 'validation_failed', text]
    const naming = (iss: unknown) => `e30.${Buffer.from(JSON.stringify({ iss })).toString('base64url')}.x`
    for (const [provider, name] of [
      ['apple', 'Apple'],
      ['azure', 'Azure'],
    ] as const) {
      for (const id_token of ['nonsense', 'x.y.z', naming(5), 'e30.e30'])
        expect(await post({ id_token, provider })).toEqual(
          fault(`Unable to detect issuer in ID token for ${name} provider`),
        )
      for (const iss of [undefined, 'https://evil.test', 'https://login.microsoftonline.com.evil.test/x/v2.0'])
        expect(await post({ id_token: naming(iss), provider })).toEqual(
          fault(`Detected ID token issuer is not an ${name} ID token issuer`),
        )
    }
    const ours = await issuer.token(claims())
    expect(await post({ id_token: ours, provider: 'apple', issuer: 'https://account.apple.com' })).toEqual(
      fault('Provided issuer does not match ID token issuer'),
    )
    for (const iss of ['https://login.microsoftonline.com/some/v2.0', 'https://sts.windows.net/some/'])
      expect(await post({ id_token: naming(iss), provider: 'azure' })).toEqual([
        ...[400, 'provider_disabled', `Provider (issuer "${iss}") is not enabled`],
      ])
    const common = 'https://login.microsoftonline.com/common/v2.0'
    expect(await post({ id_token: naming(common), client_id: 'our-app', issuer: common })).toEqual([
      ...[400, 'provider_disabled', `Provider (issuer "${common}") is not enabled`],
    ])
  })

  it('names one fault of several, in upstream’s order', async () => {
    const told = async (more: Record<string, unknown>, accessToken?: string) => {
      const token = await issuer.token(claims(more))
      const handed = { provider: 'google', token, nonce: 'n', ...(accessToken ? { access_token: accessToken } : {}) }
      return (await authClient(world).signInWithIdToken(handed)).error?.message
    }
    const [half, aud] = ['bm90IGl0IGF0IGFsbA', 'others']
    expect(await told({ at_hash: half, sub: null, aud }, 'theirs')).toBe('Bad ID token')
    expect(await told({ sub: null, aud })).toBe('Missing sub claim in id_token')
    expect(await told({ aud })).toBe('Unacceptable audience in id_token: [others]')
    expect(await told({ aud: ['others', 'more'] })).toBe('Unacceptable audience in id_token: [others more]')
    expect(await told({})).toBe('Passed nonce and nonce in id_token should either both exist or not.')
  })

  it('sends a mail first where the address is not verified', async () => {
    const who = claims({ email_verified: false })
    const { error } = await authClient(world).signInWithIdToken({ provider: 'google', token: await issuer.token(who) })
    expect(error).toMatchObject({ status: 422, code: 'provider_email_needs_verification' })
    expect((await world.inbox.waitFor(who.email, 'sign_up')).link).toBeTruthy()
  })

  it('links to the user who is signed in', async () => {
    const email = anAddress()
    worked(await adminApi(world).createUser({ email, password: goodPassword, email_confirm: true }))
    const client = authClient(world)
    const first = worked(await client.signInWithPassword({ email, password: goodPassword }))
    const token = await issuer.token(claims())
    const linked = worked(await client.linkIdentity({ provider: 'google', token }))
    expect(linked.user?.id).toBe(first.user.id)
    expect(linked.user?.identities?.map(({ provider }) => provider)).toEqual(['email', 'google'])
  })
})

describe('admin.customProviders', () => {
  it('adds, reads, lists, changes and removes one, at which tokens are good', async () => {
    const admin = adminApi(world)
    const params = {
      provider_type: 'oidc' as const,
      identifier: 'custom:acme',
      name: 'Acme',
      client_id: 'our-app',
      client_secret: 'a secret of acme',
      issuer: issuer.issuer,
    }
    const made = worked(await admin.customProviders.createProvider(params))
    expect(made).toMatchObject({
      identifier: 'custom:acme',
      provider_type: 'oidc',
      enabled: true,
      pkce_enabled: true,
      scopes: [],
    })
    expect(JSON.stringify(made)).not.toContain('a secret of acme')
    const token = await issuer.token(claims())
    const { user } = worked(await authClient(world).signInWithIdToken({ provider: 'custom:acme', token }))
    expect(user?.identities?.[0]?.provider).toBe('custom:acme')
    expect((await admin.customProviders.createProvider(params)).error).toMatchObject({ status: 400, code: 'conflict' })
    expect(worked(await admin.customProviders.getProvider('custom:acme'))).toMatchObject({ name: 'Acme' })
    expect(worked(await admin.customProviders.listProviders()).providers.length).toBe(1)
    expect(worked(await admin.customProviders.listProviders({ type: 'oauth2' })).providers).toEqual([])
    const off = worked(await admin.customProviders.updateProvider('custom:acme', { enabled: false, name: 'Acme Ltd' }))
    expect(off).toMatchObject({ enabled: false, name: 'Acme Ltd', client_id: 'our-app' })
    const refused = await authClient(world).signInWithIdToken({
      provider: 'custom:acme',
      token: await issuer.token(claims()),
    })
    expect(refused.error).toMatchObject({
      code: 'provider_disabled',
      message: 'Custom provider "custom:acme" is disabled',
    })
    expect((await admin.customProviders.deleteProvider('custom:acme')).error).toBeNull()
    expect((await admin.customProviders.getProvider('custom:acme')).error).toMatchObject({
      status: 404,
      code: 'custom_provider_not_found',
    })
  })

  it('says in upstream’s words what is wrong', async () => {
    const admin = adminApi(world)
    const right = {
      provider_type: 'oauth2' as const,
      identifier: 'custom:x',
      name: 'X',
      client_id: 'c',
      client_secret: 's',
      authorization_url: 'https://93.184.216.34/authorize',
      token_url: 'https://93.184.216.34/token',
      userinfo_url: 'https://93.184.216.34/me',
    }
    const told = async (change: object) =>
      (await admin.customProviders.createProvider({ ...right, ...change } as typeof right)).error?.message
    expect(await told({ provider_type: 'saml' })).toBe("provider_type must be either 'oauth2' or 'oidc'")
    expect(await told({ identifier: undefined })).toBe('identifier is required')
    expect(await told({ identifier: 'acme' })).toBe("identifier must start with 'custom:' prefix, e.g. 'custom:acme'")
    expect(await told({ client_secret: undefined })).toBe('client_secret is required')
    expect(await told({ token_url: undefined })).toBe('token_url is required for OAuth2 providers')
    expect(await told({ token_url: 'http://93.184.216.34/' })).toBe('URL must use HTTPS')
    expect(await told({ token_url: 'https://[::1]/' })).toBe('URL cannot point to localhost or loopback addresses')
    expect(await told({ token_url: 'https://10.0.0.1/' })).toBe('URL cannot resolve to private network addresses')
    expect(await told({ authorization_params: { state: 'x' } })).toBe('Cannot override reserved OAuth parameter: state')
    expect(await told({ authorization_params: { x: 1 } })).toBe('Authorization parameter "x" must be a string')
    expect(await told({ attribute_mapping: { role: 'r' } })).toBe('Cannot map to protected system field: role')
    expect(await told({ custom_claims_allowlist: [' '] })).toBe(
      'custom_claims_allowlist entries must be non-empty strings',
    )
    expect(await told({ provider_type: 'oidc', issuer: `${issuer.issuer}/none` })).toContain('OIDC discovery from')
  })
})
