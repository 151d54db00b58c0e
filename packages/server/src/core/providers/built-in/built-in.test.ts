import { exportPKCS8, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { signInAt } from '../../../../test/world/asked-provider.ts'
import { apple } from './apple.ts'
import { github } from './github.ts'
import { google } from './google.ts'

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
