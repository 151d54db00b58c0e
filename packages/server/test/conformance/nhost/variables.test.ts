import { randomBytes } from 'node:crypto'
import { createClient } from '@nhost/nhost-js'
import { MemoryStorage } from '@nhost/nhost-js/session'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../set-up/free-port.ts'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { readQr } from '../../world/read-qr.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, nhostClient, refused } from './clients.ts'

let google: Issuer
let world: World
beforeAll(async () => {
  google = await startIssuer('a-phone')
  world = await startWorld({
    env: {
      AUTH_MFA_TOTP_ISSUER: 'Acme & Co',
      AUTH_PROVIDER_GOOGLE_ENABLED: 'false',
      AUTH_PROVIDER_GOOGLE_CLIENT_ID: 'the-web',
      AUTH_PROVIDER_GOOGLE_AUDIENCE: 'a-phone,a-tablet',
      AUTH_PROVIDER_APPLE_AUDIENCE: 'a-phone',
    },
    config: { outbound: { allow: ['127.0.0.1'] }, providers: { google: { url: google.issuer } } },
  })
})
afterAll(async () => {
  await world.close()
  await google.close()
})

const aToken = () => google.token({ sub: anAddress(), email: anAddress(), email_verified: true })

describe('the variables of a deployment', () => {
  it('say what authenticator apps file their codes under', async () => {
    const { nhost, email } = await aSignedIn(world)
    const { imageUrl, totpSecret } = (await nhost.auth.changeUserMfa()).body
    const uri = new URL(readQr(Buffer.from(imageUrl.replace(/^data:image\/png;base64,/, ''), 'base64')))
    expect(decodeURIComponent(uri.pathname)).toBe(`/Acme & Co:${email}`)
    expect([uri.searchParams.get('issuer'), uri.searchParams.get('secret')]).toEqual(['Acme & Co', totpSecret])
  })

  it('let ID tokens of their audience in where the browser may not sign in', async () => {
    const { auth } = nhostClient(world)
    const { body } = await auth.signInIdToken({ provider: 'google', idToken: await aToken() })
    expect(body.session?.user?.id).toBeTruthy()
    expect((await auth.signUpIdToken({ provider: 'google', idToken: await aToken() })).body.session).toBeTruthy()
    const { nhost } = await aSignedIn(world)
    expect((await nhost.auth.linkIdToken({ provider: 'google', idToken: await aToken() })).body).toBe('OK')
    const here = `${world.config.settings.publicUrl}/nhost/v1`
    const started = await fetch(`${here}/signin/provider/google`, { redirect: 'manual' })
    expect(started.headers.get('location')).toContain('error=disabled-endpoint')
    const apples = auth.signInIdToken({ provider: 'apple', idToken: 'none of theirs' })
    expect(await refused(apples)).toMatchObject({ status: 400, body: { error: 'invalid-request' } })
  })
})

describe('the address of a deployment', () => {
  it('is where its port is reached: mails lead there, and providers come back there', async () => {
    const port = await freePort()
    const here = await startWorld({
      env: {
        AUTH_SERVER_URL: 'https://auth.example.test/v1/',
        AUTH_PROVIDER_GITHUB_ENABLED: 'true',
        AUTH_PROVIDER_GITHUB_CLIENT_ID: 'id',
        AUTH_PROVIDER_GITHUB_CLIENT_SECRET: 'secret',
      },
      config: { dialects: { nhost: { port } } },
    })
    try {
      const authUrl = `http://localhost:${port}/v1`
      const { auth } = createClient({ authUrl, storage: new MemoryStorage() })
      const email = anAddress()
      await auth.signInPasswordlessEmail({ email })
      const { link } = await here.inbox.waitFor(email)
      expect(link).toMatch(/^https:\/\/auth\.example\.test\/v1\/verify\?/)
      const begun = await fetch(auth.signInProviderURL('github'), { redirect: 'manual' })
      const back = new URL(begun.headers.get('location') ?? '').searchParams.get('redirect_uri')
      expect(back).toBe('https://auth.example.test/v1/signin/provider/github/callback')
    } finally {
      await here.close()
    }
  })
})

describe('the key that a deployment shares with Hasura', () => {
  it('signs what Hasura takes, by the issuer that it knows', async () => {
    const key = randomBytes(32).toString('hex')
    const shared = JSON.stringify({ type: 'HS256', key, issuer: 'hasura-auth' })
    const here = await startWorld({ env: { HASURA_GRAPHQL_JWT_SECRET: shared } })
    try {
      const { nhost, session, id } = await aSignedIn(here)
      const rules = { algorithms: ['HS256'], issuer: 'hasura-auth' }
      const verify = (token = '') => jwtVerify(token, new TextEncoder().encode(key), rules)
      const { payload } = await verify(session.accessToken)
      expect(payload['https://hasura.io/jwt/claims']).toMatchObject({ 'x-hasura-user-id': id })
      expect((await nhost.auth.getUser()).body.id).toBe(id)
      expect((await verify((await nhost.refreshSession(0))?.accessToken)).payload.sub).toBe(id)
      expect((await nhost.auth.getJWKs()).body).toEqual({ keys: [] })
      const found = await fetch(`${here.url}/.well-known/openid-configuration`)
      expect(await found.json()).toMatchObject({ issuer: `${here.config.settings.publicUrl}/auth/v1` })
    } finally {
      await here.close()
    }
  })
})
