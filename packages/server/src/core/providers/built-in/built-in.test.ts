import { createHmac } from 'node:crypto'
import { exportPKCS8, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { signInAt, tryProvider } from '../../../../test/world/asked-provider.ts'
import { apple } from './apple.ts'
import { azure } from './azure.ts'
import { facebook } from './facebook.ts'
import { github } from './github.ts'
import { google } from './google.ts'
import { kakao } from './kakao.ts'

const ada = {
  sub: '1234',
  email: 'Ada@Example.test',
  email_verified: true,
  name: 'Ada Lovelace',
  picture: 'https://p.test/a',
}

describe('google', () => {
  it('reads the profile from the ID token and asks with PKCE and a nonce', async () => {
    const { authorization, profile, asked } = await signInAt(google, { claims: { ...ada, hd: 'example.test' } })
    expect(Object.fromEntries(authorization.searchParams)).toMatchObject({
      client_id: 'our-client',
      response_type: 'code',
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      nonce: 'a-nonce',
      state: 'a-state',
    })
    expect(profile).toMatchObject({
      subject: '1234',
      email: 'ada@example.test',
      emailVerified: true,
      name: 'Ada Lovelace',
    })
    expect(profile.data).toMatchObject({
      iss: 'https://accounts.google.com',
      full_name: 'Ada Lovelace',
      hd: 'example.test',
    })
    const exchange = new URLSearchParams(asked.find(({ method }) => method === 'POST')?.body)
    expect(Object.fromEntries(exchange)).toMatchObject({
      code: 'a-code',
      code_verifier: 'a'.repeat(43),
      client_secret: 'our-secret',
    })
  })

  it('S75: leaves parameters of the protocol to us, and passes on the others', async () => {
    const { authorization } = await signInAt(google, {
      claims: ada,
      callerParams: {
        prompt: 'consent',
        access_type: 'offline',
        State: 'theirs',
        redirect_uri: 'https://evil.test',
        nonce: 'x',
      },
    })
    expect(Object.fromEntries(authorization.searchParams)).toMatchObject({
      prompt: 'consent',
      access_type: 'offline',
      state: 'a-state',
      nonce: 'a-nonce',
      redirect_uri: 'https://auth.example.test/callback',
    })
    expect(authorization.searchParams.has('State')).toBe(false)
  })

  it.each([
    ['false', 'false'],
    ['missing', undefined],
    ['1', 1],
    ['"true"', 'true'],
    ['a list', [true]],
  ])('S36: takes no address for verified whose flag is %s', async (_, flag) => {
    const { profile } = await signInAt(google, { claims: { ...ada, email_verified: flag } })
    expect(profile.emailVerified).toBe(false)
  })

  it('S72: reads from the token alone whether somebody belongs to a domain', async () => {
    const trial = { settings: { options: { hostedDomains: 'example.test' } }, callerParams: { hd: 'example.test' } }
    for (const hd of [undefined, 'other.test'])
      await expect(signInAt(google, { ...trial, claims: { ...ada, hd } })).rejects.toMatchObject({
        code: 'access_denied',
      })
    expect((await signInAt(google, { ...trial, claims: { ...ada, hd: 'Example.test' } })).profile.subject).toBe('1234')
  })

  it('S38: lets nobody in without a subject', async () => {
    for (const sub of [undefined, '']) {
      const tried = signInAt(google, { claims: { ...ada, sub } as never })
      await expect(tried).rejects.toMatchObject({ code: 'id_token_invalid' })
    }
  })
})

describe('github', () => {
  const answers = (emails: unknown) => ({
    'https://api.github.com/user': {
      id: 42,
      login: 'ada',
      name: 'Ada',
      email: 'public@example.test',
      avatar_url: 'https://a.test/42',
    },
    'https://api.github.com/user/emails': emails,
  })

  it('takes the primary proved address of the list, whatever the public profile shows', async () => {
    const { profile, asked } = await signInAt(github, {
      answers: answers([
        { email: 'other@example.test', primary: false, verified: true },
        { email: 'ada@example.test', primary: true, verified: true },
      ]),
    })
    expect(profile).toMatchObject({ subject: '42', email: 'ada@example.test', emailVerified: true })
    expect(profile.data['user_name']).toBe('ada')
    expect(asked.at(-1)?.headers?.['authorization']).toBe('Bearer their-token')
  })

  it('has no address where the list is no list', async () => {
    const { profile } = await signInAt(github, { answers: answers({ message: 'no' }) })
    expect(profile).toMatchObject({ email: null, emailVerified: false })
  })
})

describe('apple', () => {
  it('signs its client secret and has the answer posted, with the name the browser brings', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const options = { teamId: 'TEAM', keyId: 'KEY', privateKey: await exportPKCS8(privateKey) }
    const { authorization, profile, asked } = await signInAt(apple, {
      settings: { options, clientSecret: undefined },
      claims: { ...ada, email_verified: 'true', name: undefined } as never,
      posted: { name: { firstName: 'Ada', lastName: 'Lovelace' } },
    })
    expect(authorization.searchParams.get('response_mode')).toBe('form_post')
    expect(profile).toMatchObject({ emailVerified: true, name: 'Ada Lovelace' })
    const secret = new URLSearchParams(asked.find(({ method }) => method === 'POST')?.body).get('client_secret') ?? ''
    const claims = JSON.parse(Buffer.from(secret.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ iss: 'TEAM', sub: 'our-client', aud: 'https://appleid.apple.com' })
  })
})

describe('azure', () => {
  const tid = '11111111-2222-3333-4444-555555555555'
  const iss = `https://login.microsoftonline.com/${tid}/v2.0`
  const claims = { ...ada, tid, oid: 'object', iss, email_verified: true }

  it('S38: names people by tenant and object, and believes no address without its domain’s owner', async () => {
    const { profile } = await signInAt(azure, { claims })
    expect(profile).toMatchObject({ subject: `${tid}.object`, emailVerified: false })
    for (const edov of [true, '1', 'true'])
      expect((await signInAt(azure, { claims: { ...claims, xms_edov: edov } })).profile.emailVerified).toBe(true)
  })

  it('S72: lets in tenants that may come, by what the token says', async () => {
    const refused = async (settings: object, change: object = {}) => {
      const tried = signInAt(azure, { settings, claims: { ...claims, ...change } })
      await expect(tried).rejects.toMatchObject({ code: 'id_token_invalid', details: { reason: 'issuer' } })
    }
    await refused({}, { tid: '99999999-2222-3333-4444-555555555555' })
    await refused({}, { tid: undefined })
    await refused({ options: { tenants: '99999999-2222-3333-4444-555555555555' } })
    await refused({ url: 'https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555' })
    const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
    const change = { tid: personal, iss: `https://login.microsoftonline.com/${personal}/v2.0` }
    await refused({ url: 'https://login.microsoftonline.com/organizations' }, change)
    // The same tenant in another case, and one that goes by a domain, which tokens do not name.
    const letters = 'AAAAAAAA-BBBB-cccc-dddd-eeeeeeeeeeee'
    await refused({ url: `https://login.microsoftonline.com/${letters}` })
    const own = { tid: letters.toLowerCase(), iss: `https://login.microsoftonline.com/${letters.toLowerCase()}/v2.0` }
    const settings = { url: `https://login.microsoftonline.com/${letters}/v2.0` }
    expect((await signInAt(azure, { settings, claims: { ...claims, ...own } })).profile.subject).toContain(own.tid)
    const domain = { url: 'https://login.microsoftonline.com/acme.onmicrosoft.com' }
    await refused(domain)
    await refused({ ...domain, options: { tenants: own.tid } })
    const listed = { ...domain, options: { tenants: tid.toUpperCase() } }
    expect((await signInAt(azure, { settings: listed, claims })).profile.subject).toBe(`${tid}.object`)
    expect((await signInAt(azure, { claims: { ...claims, ...change } })).profile.subject).toBe(`${personal}.object`)
  })
})

describe('facebook', () => {
  it('proves that the app asks, and takes no address for proved', async () => {
    const proof = createHmac('sha256', 'our-secret').update('their-token').digest('hex')
    const url = `https://graph.facebook.com/v21.0/me?fields=id,email,name,picture&appsecret_proof=${proof}`
    const { profile } = await signInAt(facebook, {
      answers: {
        [url]: { id: '9', email: 'f@example.test', name: 'F', picture: { data: { url: 'https://p.test/f' } } },
      },
    })
    expect(profile).toMatchObject({
      subject: '9',
      email: 'f@example.test',
      emailVerified: false,
      avatarUrl: 'https://p.test/f',
    })
  })

  it('takes ID tokens whose nonce its own SDK has made', async () => {
    const { providers, at, idToken } = await tryProvider(facebook)
    const handed = { idToken: await idToken({ ...ada, nonce: 'of the SDK' }), nonce: undefined, accessToken: undefined }
    expect(await providers.identify(at, handed)).toMatchObject({ subject: '1234', emailVerified: false })
  })
})

describe('kakao', () => {
  const me = (account: object) => ({
    'https://kapi.kakao.com/v2/user/me': { id: 7, kakao_account: { email: 'k@example.test', ...account } },
  })

  it('believes an address that is valid and verified', async () => {
    const both = { is_email_valid: true, is_email_verified: true }
    expect((await signInAt(kakao, { answers: me(both) })).profile).toMatchObject({ subject: '7', emailVerified: true })
    const stale = await signInAt(kakao, { answers: me({ ...both, is_email_valid: false }) })
    expect(stale.profile.emailVerified).toBe(false)
  })

  it('takes ID tokens, of the same person', async () => {
    const { providers, at, idToken } = await tryProvider(kakao)
    const handed = {
      idToken: await idToken({ sub: '7', nonce: undefined as never }),
      nonce: undefined,
      accessToken: undefined,
    }
    expect(await providers.identify(at, handed)).toMatchObject({ subject: '7' })
  })
})
