import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProvider } from '../../world/applications.ts'
import type { World } from '../../world/world.ts'
import { adminApi, aNumber, anAddress, aSignedIn, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
let person: Awaited<ReturnType<typeof aSignedIn>>
beforeAll(async () => {
  world = await startProvider({
    sso: { enabled: true },
    siteUrl: 'http://localhost:3000',
    providers: { gitlab: { clientId: 'x', clientSecret: 'x' } },
  })
  person = await aSignedIn(world)
})
afterAll(() => world.close())

const bearer = () => ({ authorization: `Bearer ${person.session.access_token}` })
const admin = () => ({ authorization: `Bearer ${world.secretKey}` })

/** Asks, and answers what is told of a refusal. */
async function told(line: string, body?: unknown, headers: Record<string, string> = admin()) {
  const [method = '', path = ''] = line.split(' ')
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await raw(world, path, { method, headers, ...(body === undefined ? {} : { body: text }) })
  const { error_code, msg } = (await answer.json()) as Record<string, string>
  return [answer.status, error_code, msg]
}

const unreadable = [400, 'bad_json', expect.stringMatching(/^Could not parse request body as JSON: /)]
const invalid = (msg: string, status = 400) => [status, 'validation_failed', msg]

describe('what a path names is looked for before the body is read', () => {
  it('people, their factors and their passkeys', async () => {
    const nobody = crypto.randomUUID()
    const unknown = [404, 'user_not_found', 'User not found']
    for (const line of [`PUT /admin/users/${nobody}`, `DELETE /admin/users/${nobody}`])
      expect(await told(line, '{')).toEqual(unknown)
    expect(await told(`PUT /admin/users/${person.id}`, '{')).toEqual(unreadable)
    expect(await told(`PUT /admin/users/${nobody}/factors/x`, '{')).toEqual(unknown)
    expect(await told(`DELETE /admin/users/${nobody}/factors/x`)).toEqual(unknown)
    expect(await told(`DELETE /admin/users/${nobody}/passkeys/x`)).toEqual(unknown)
    expect(await told(`PUT /admin/users/${person.id}/factors/x`, '{')).toEqual(
      invalid('factor_id must be an UUID', 404),
    )
    expect(await told(`PUT /admin/users/${person.id}/factors/${nobody}`, '{')).toEqual([
      ...[404, 'mfa_factor_not_found', 'Factor not found'],
    ])
  })

  it('applications, and providers by what their names must be', async () => {
    const nobody = crypto.randomUUID()
    for (const body of ['{', {}])
      expect(await told(`PUT /admin/oauth/clients/${nobody}`, body)).toEqual([
        ...[404, 'oauth_client_not_found', 'OAuth client not found'],
      ])
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(await told(`${method} /admin/custom-providers/acme`, method === 'PUT' ? '{' : undefined)).toEqual(
        invalid("identifier must start with 'custom:' prefix, e.g. 'custom:acme'"),
      )
    expect(await told('PUT /admin/custom-providers/custom:acme', '{')).toEqual(unreadable)
  })

  it('save one’s own passkeys: their new name comes first, whatever the id is (S101)', async () => {
    const nobody = `PATCH /passkeys/${crypto.randomUUID()}`
    const missing = invalid('Passkey not found', 404)
    for (const line of [nobody, 'PATCH /passkeys/x']) {
      expect(await told(line, '{', bearer())).toEqual(unreadable)
      expect(await told(line, {}, bearer())).toEqual(invalid('friendly_name is required'))
      expect(await told(line, { friendly_name: 'x' }, bearer())).toEqual(missing)
    }
  })
})

describe('an administrator', () => {
  it('is told of a link’s address, then of its type, then whose it would be', async () => {
    const path = 'POST /admin/generate_link'
    const [known, unknown] = [person.email, anAddress()]
    expect(await told(path, { type: 'nonsense' })).toEqual(invalid('An email address is required'))
    expect(await told(path, { type: 'nonsense', email: unknown })).toEqual(
      invalid('Invalid email action link type requested: nonsense'),
    )
    expect(await told(path, { type: 'email_change_new', email: unknown })).toEqual([
      ...[404, 'user_not_found', 'User with this email not found'],
    ])
    expect(await told(path, { type: 'email_change_new', email: known })).toEqual(
      invalid('An email address is required'),
    )
  })

  it('makes a link to the place in the body, else to that of the request', async () => {
    const at = 'http://localhost:3000'
    const made = async (body: object, headers: Record<string, string> = {}) => {
      const answer = await raw(world, `/admin/generate_link?redirect_to=${at}/query`, {
        json: { type: 'magiclink', email: person.email, ...body },
        headers: { ...admin(), ...headers },
      })
      return ((await answer.json()) as { redirect_to: string }).redirect_to
    }
    expect(await made({ redirect_to: `${at}/body` }, { redirect_to: `${at}/header` })).toBe(`${at}/body`)
    expect(await made({ redirect_to: 'https://evil.test/' }, { redirect_to: `${at}/header` })).toBe(`${at}/header`)
    expect(await made({ redirect_to: 'https://evil.test/' })).toBe(`${at}/query`)
    expect(await made({})).toBe(`${at}/query`)
  })

  it('is told of a form of names that nobody knows, and of types that do not go together', async () => {
    expect(
      await told('POST /admin/sso/providers', { type: 'saml', metadata_xml: '<x/>', name_id_format: 'x' }),
    ).toEqual(
      invalid(
        'name_id_format must be unspecified or one of urn:oasis:names:tc:SAML:2.0:nameid-format:persistent, urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress, urn:oasis:names:tc:SAML:2.0:nameid-format:transient, urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
      ),
    )
    const client = { redirect_uris: ['https://app.example.test/'], token_endpoint_auth_method: 'none' }
    expect(await told('POST /admin/oauth/clients', { ...client, client_type: 'confidential' })).toEqual(
      invalid(
        "client_type 'confidential' is inconsistent with token_endpoint_auth_method 'none' (expected client_type 'public')",
      ),
    )
  })
})

describe('an administrator who makes somebody', () => {
  const path = 'POST /admin/users'
  const [taken, takenNumber] = [
    [422, 'email_exists', 'A user with this email address has already been registered'],
    [422, 'phone_exists', 'Phone number already registered by another user'],
  ]
  const both = { password: 'a long enough one', password_hash: 'x' }
  const worse = { ...both, id: 'x', ban_duration: 'x' }

  it('is told of the address, the number, the passwords, the id and the ban, in this order', async () => {
    const [email, phone, otherPhone] = [anAddress(), aNumber(), aNumber()]
    worked(await adminApi(world).createUser({ email, phone }))
    expect(await told(path, worse)).toEqual(invalid('Cannot create a user without either an email or phone'))
    expect(await told(path, { ...worse, email: 'nobody', phone: 'nobody' })).toEqual(
      invalid('Unable to validate email address: invalid format'),
    )
    expect(await told(path, { ...worse, email, phone: 'nobody' })).toEqual(taken)
    expect(await told(path, { ...worse, email: anAddress(), phone: 'nobody' })).toEqual(
      invalid('Invalid phone number format (E.164 required)'),
    )
    expect(await told(path, { ...worse, email: anAddress(), phone })).toEqual(takenNumber)
    expect(await told(path, { ...worse, email: anAddress(), phone: otherPhone })).toEqual(
      invalid('Only a password or a password hash should be provided'),
    )
    expect(await told(path, { email: anAddress(), id: 'x', ban_duration: 'x' })).toEqual(
      invalid('ID must conform to the uuid v4 format'),
    )
    expect(await told(path, { email: anAddress(), ban_duration: 'x' })).toEqual(
      invalid('invalid format for ban duration: x'),
    )
  })
})

describe('somebody who changes several things of theirs at once', () => {
  it('is told of a taken address before the password is compared with the old one', async () => {
    const { client } = await aSignedIn(world)
    const attempt = { email: person.email, password: goodPassword }
    expect((await client.updateUser(attempt)).error).toMatchObject({ status: 422, code: 'email_exists' })
    expect((await client.updateUser({ ...attempt, password: 'x' })).error).toMatchObject({ code: 'weak_password' })
  })

  it('is told of a taken number before a mail goes to the new address', async () => {
    const [email, phone] = [anAddress(), aNumber()]
    worked(await adminApi(world).createUser({ phone }))
    const { client } = await aSignedIn(world)
    expect((await client.updateUser({ email, phone })).error).toMatchObject({ status: 422, code: 'phone_exists' })
    const { user } = worked(await client.getUser())
    expect(user).not.toHaveProperty('new_email')
    expect(user).not.toHaveProperty('email_change_sent_at')
    expect(await world.inbox.list(email)).toEqual([])
  })

  it('is told that a password is weak before that a guest needs an address first', async () => {
    const client = authClient(world)
    worked(await client.signInAnonymously())
    expect((await client.updateUser({ password: 'x' })).error).toMatchObject({ code: 'weak_password' })
    expect((await client.updateUser({ password: goodPassword })).error).toMatchObject({ code: 'validation_failed' })
  })

  it('hears nothing of a channel where no number is given', async () => {
    const newcomer = { email: anAddress(), password: goodPassword, channel: 'fax' }
    expect(await told('POST /signup', newcomer, {})).toEqual([200, undefined, undefined])
    expect(await told('PUT /user', { data: { a: 1 }, channel: 'fax' }, bearer())).toEqual([200, undefined, undefined])
    expect(await told('PUT /user', { phone: aNumber(), channel: 'fax' }, bearer())).toEqual(
      invalid(
        "Invalid channel, supported values are 'sms' or 'whatsapp'. 'whatsapp' is only supported if Twilio or Twilio Verify is used as the provider.",
      ),
    )
  })
})

describe('half a challenge', () => {
  const half = { code_challenge: 'c'.repeat(43) }
  const challenge = invalid('PKCE flow requires code_challenge_method and code_challenge')
  const noAddress = invalid('Unable to validate email address: invalid format')
  const noNumber = invalid('Invalid phone number format (E.164 required)')

  it('is told after a malformed address where a password is forgotten, before it where a code is sent', async () => {
    for (const path of ['/recover', '/magiclink']) {
      expect(await told(`POST ${path}`, { email: 'nobody', ...half }, {})).toEqual(noAddress)
      expect(await told(`POST ${path}`, { email: anAddress(), ...half }, {})).toEqual(challenge)
    }
    for (const body of [{ email: 'nobody' }, { phone: '4915123456789' }, {}])
      expect(await told('POST /otp', { ...body, ...half }, {})).toEqual(challenge)
    expect(await told('POST /otp', { phone: 'nobody', channel: 'fax' }, {})).toEqual(noNumber)
  })

  it('is told before what is missing where a message is sent again, if that is a mail', async () => {
    for (const type of ['signup', 'email_change'])
      expect(await told('POST /resend', { type, ...half }, {})).toEqual(challenge)
    expect(await told('POST /resend', { type: 'sms', phone: 'nobody', ...half }, {})).toEqual(noNumber)
    expect(await told('POST /resend', { type: 'email_change', phone: 'nobody' }, {})).toEqual(noNumber)
    expect(await told('POST /resend', { type: 'signup', email: 'nobody', phone: '1' }, {})).toEqual(
      invalid('Only an email address or phone number should be provided.'),
    )
  })

  it('is told after the provider, where there is one to be found', async () => {
    expect(await told('POST /sso', { domain: 'nobody.test', ...half }, {})).toEqual([
      ...[404, 'sso_provider_not_found', 'No SSO provider assigned for this domain'],
    ])
    for (const provider_id of ['', 'x'])
      expect(await told('POST /sso', { provider_id, domain: 'nobody.test' }, {})).toEqual(unreadable)
    const query = 'provider=github&code_challenge=x'
    const off = invalid('Unsupported provider: provider is not enabled')
    expect(await told(`GET /authorize?${query}`, undefined, {})).toEqual(off)
    expect(await told(`GET /user/identities/authorize?${query}`, undefined, bearer())).toEqual(off)
  })
})

describe('an invitation that nobody has', () => {
  it('is told after the provider and before half a challenge', async () => {
    const unknown = [404, 'user_not_found', 'User identified by token not found']
    const query = 'invite_token=x&code_challenge=x'
    expect(await told(`GET /authorize?provider=github&${query}`, undefined, {})).toEqual(
      invalid('Unsupported provider: provider is not enabled'),
    )
    expect(await told(`GET /authorize?provider=gitlab&${query}`, undefined, {})).toEqual(unknown)
    expect(await told(`GET /user/identities/authorize?provider=gitlab&${query}`, undefined, bearer())).toEqual(unknown)
  })
})

describe('a provider', () => {
  it('is known whatever the case of its name', async () => {
    expect(await told('GET /authorize?provider=GitHub', undefined, {})).toEqual(
      invalid('Unsupported provider: provider is not enabled'),
    )
    expect(await told('GET /authorize?provider=Nobody', undefined, {})).toEqual(
      invalid('Unsupported provider: Provider nobody could not be found'),
    )
  })
})

describe('a security key', () => {
  it('whose answer is none is told so before any challenge is looked for', async () => {
    const { client } = person
    const key = worked(await client.mfa.enroll({ factorType: 'webauthn', friendlyName: 'Key' }))
    const verify = (webauthn: unknown) =>
      told(`POST /factors/${key.id}/verify`, { challenge_id: crypto.randomUUID(), webauthn }, bearer())
    expect(await verify(undefined)).toEqual(invalid('WebAuthn config required'))
    expect(await verify({ type: 'x' })).toEqual(invalid('WebAuthn type must be create or request'))
    expect(await verify({ type: 'create' })).toEqual(invalid('credential_response required'))
    for (const credential_response of [{}, [], 'x', { id: 'x', rawId: 'x', type: 'public-key', response: {} }])
      expect(await verify({ type: 'create', credential_response })).toEqual(invalid('Invalid credential_response'))
  })
})

describe('the exchange of a code', () => {
  it('tells what is missing, unknown, over, used and not theirs', async () => {
    const exchange = (body: object) => told('POST /token?grant_type=pkce', body, {})
    const missing = invalid('invalid request: both auth code and code verifier should be non-empty')
    const unknown = [404, 'flow_state_not_found', 'invalid flow state, no valid flow state found']
    const verifier = 'v'.repeat(43)
    for (const body of [
      {},
      { auth_code: 'x' },
      { code_verifier: verifier },
      { auth_code: '', code_verifier: verifier },
    ])
      expect(await exchange(body)).toEqual(missing)
    for (const auth_code of [crypto.randomUUID(), 'nonsense'])
      expect(await exchange({ auth_code, code_verifier: verifier })).toEqual(unknown)
    /** A code that its link brought back, and the verifier of whoever asked for it. */
    const aCode = async () => {
      const held = new Map<string, string>()
      const storage = {
        getItem: (name: string) => held.get(name) ?? null,
        setItem: (name: string, value: string) => void held.set(name, value),
        removeItem: (name: string) => void held.delete(name),
      }
      const email = anAddress()
      worked(await adminApi(world).createUser({ email, email_confirm: true }))
      worked(await authClient(world, { flowType: 'pkce', storage }).signInWithOtp({ email }))
      const { link } = await world.inbox.waitFor(email, 'sign_in')
      const opened = await fetch(link ?? '', { redirect: 'manual' })
      const auth_code = new URL(opened.headers.get('location') ?? '').searchParams.get('code') ?? ''
      const kept = [...held].find(([name]) => name.endsWith('-code-verifier'))?.[1] ?? '""'
      return { auth_code, code_verifier: String(JSON.parse(kept)) }
    }
    const used = await aCode()
    expect((await raw(world, '/token?grant_type=pkce', { json: used })).status).toBe(200)
    expect(await exchange(used)).toEqual(unknown)
    expect(await exchange({ ...(await aCode()), code_verifier: verifier })).toEqual([
      ...[400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier'],
    ])
    const late = await aCode()
    world.clock.move(301)
    const over = [422, 'flow_state_expired', 'invalid flow state, flow state has expired']
    expect(await exchange(late)).toEqual(over)
    expect(await exchange({ ...late, code_verifier: verifier })).toEqual(over)
    world.clock.move(-301)
  })
})
