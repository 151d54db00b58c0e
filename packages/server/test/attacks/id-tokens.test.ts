import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../world/issuer.ts'
import { startWorld, type World } from '../world/world.ts'
import { aPerson } from './wire/people.ts'

let world: World
let issuer: Issuer
let evil: Issuer
beforeAll(async () => {
  issuer = await startIssuer('our-app')
  evil = await startIssuer('our-app')
  world = await startWorld({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      providers: {
        google: { clientId: ['our-app', 'our-ios-app'], url: issuer.issuer },
        apple: { clientId: ['our-app'], url: evil.issuer },
        github: { clientId: ['our-app'] },
      },
    },
  })
})
afterAll(async () => {
  await world.close()
  await issuer.close()
  await evil.close()
})

const ada = { sub: 'ada', email: 'ada@example.test', email_verified: true }
const hashed = (nonce: string) => createHash('sha256').update(nonce).digest('hex')

async function signIn(
  idToken: string,
  more: Record<string, unknown> = {},
): Promise<{ status: number; code: string; reason: unknown }> {
  const response = await fetch(`${world.url}/v1/sign-in/id-token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'google', idToken, ...more }),
  })
  const body = (await response.json()) as { code?: string; status?: string; details?: { reason?: unknown } }
  return { status: response.status, code: body.code ?? body.status ?? '', reason: body.details?.reason }
}

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('S70: an ID token', () => {
  it('opens a session when all of it is right', async () => {
    expect(await signIn(await issuer.token(ada))).toMatchObject({ status: 200, code: 'complete' })
    expect(await signIn(await issuer.token({ ...ada, aud: ['our-ios-app'], azp: 'our-app' }))).toMatchObject({
      status: 200,
    })
  })

  it('is refused for whatever is wrong with it', async () => {
    const now = Math.floor(Date.now() / 1000)
    const wrong: [string, Record<string, unknown>][] = [
      ['audience', { aud: 'another-app' }],
      ['audience', { aud: [] }],
      ['audience', { aud: null }],
      ['authorized_party', { azp: 'another-app' }],
      ['authorized_party', { aud: ['our-app', 'another-app'] }],
      ['expired', { exp: now - 3_600 }],
      ['time', { exp: null }],
      ['time', { iat: null }],
      ['signature', { nbf: now + 3_600 }],
      ['issuer', { iss: evil.issuer }],
      ['issuer', { iss: `${issuer.issuer}/` }],
      ['issuer', { iss: null }],
      ['subject', { sub: null }],
      ['subject', { sub: '' }],
    ]
    for (const [reason, claims] of wrong)
      expect(await signIn(await issuer.token({ ...ada, ...claims }))).toEqual({
        status: 400,
        code: 'id_token_invalid',
        reason,
      })
  })

  it('of another issuer is refused, and that issuer is not asked', async () => {
    const before = evil.asked.keys
    const token = await evil.token({ ...ada, iss: issuer.issuer })
    expect((await signIn(token)).code).toBe('id_token_invalid')
    const pointed = await evil.token(ada, { jku: `${evil.issuer}/jwks`, x5u: `${evil.issuer}/x5u` })
    expect((await signIn(pointed)).code).toBe('id_token_invalid')
    expect([evil.asked.keys, evil.asked.other]).toEqual([before, []])
  })

  it('is refused unsigned, signed with the public key as a secret, or with a secret of the key set', async () => {
    const [, body = ''] = (await issuer.token(ada)).split('.')
    const sign = (header: object, key: string) => {
      const text = `${b64(header)}.${body}`
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
    }
    const forged = [
      `${b64({ alg: 'none' })}.${body}.`,
      `${b64({ alg: 'None', kid: 'k1' })}.${body}.`,
      sign({ alg: 'HS256', kid: 'k1' }, await issuer.publicPem()),
      sign({ alg: 'HS256', kid: 'shared' }, '\0\0\0'),
      `${(await issuer.token(ada)).split('.').slice(0, 2).join('.')}.`,
      'nonsense',
      'a.b.c',
    ]
    for (const token of forged) expect((await signIn(token)).code).toBe('id_token_invalid')
  })

  it('is no access token, and an access token is none', async () => {
    expect((await signIn(await issuer.token(ada, { typ: 'at+jwt' }))).reason).toBe('type')
    const me = await fetch(`${world.url}/v1/me`, { headers: { authorization: `Bearer ${await issuer.token(ada)}` } })
    expect(me.status).toBe(401)
  })

  it('counts once, also of many at the same time', async () => {
    const token = await issuer.token(ada)
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(token)))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect((await signIn(token)).reason).toBe('used')
  })

  it('counts once, however its signature is written', async () => {
    const token = await issuer.token(ada)
    expect((await signIn(token)).status).toBe(200)
    // The last character of 256 bytes holds two bits of them, and four that nobody reads.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(token.slice(-1))
    const others = Array.from({ length: 16 }, (_, low) => (last & 0b110000) | low).filter((value) => value !== last)
    for (const value of others) {
      const twin = await signIn(`${token.slice(0, -1)}${alphabet[value]}`)
      expect(twin).toMatchObject({ status: 400, code: 'id_token_invalid' })
    }
    for (const twin of [`${token}=`, `${token}==`, `${token} `, `${token}\n`])
      expect(await signIn(twin)).toMatchObject({ status: 400 })
  })

  it('is compared with the nonce that was asked for, plain or hashed', async () => {
    expect((await signIn(await issuer.token({ ...ada, nonce: hashed('n') }), { nonce: 'n' })).status).toBe(200)
    expect((await signIn(await issuer.token({ ...ada, nonce: 'n' }), { nonce: 'n' })).status).toBe(200)
    expect((await signIn(await issuer.token({ ...ada, nonce: hashed('n') }), { nonce: 'm' })).reason).toBe('nonce')
    expect((await signIn(await issuer.token({ ...ada, nonce: hashed('n') }))).reason).toBe('nonce_missing')
    expect((await signIn(await issuer.token(ada), { nonce: 'n' })).reason).toBe('nonce_missing')
  })

  it('is compared with the access token that came with it', async () => {
    const half = createHash('sha256').update('their-access-token').digest().subarray(0, 16).toString('base64url')
    const token = () => issuer.token({ ...ada, at_hash: half })
    expect((await signIn(await token(), { accessToken: 'their-access-token' })).status).toBe(200)
    expect((await signIn(await token(), { accessToken: 'another-token' })).reason).toBe('access_token')
  })

  it('is not taken where the provider is off, unknown, or gives none', async () => {
    const token = await issuer.token(ada)
    for (const provider of ['github', 'custom:nobody', 'nonsense'])
      expect((await signIn(token, { provider })).code).toBe('provider_disabled')
  })
})

describe('S71: the keys of an issuer', () => {
  it('are asked for once a minute at most, whatever key a token names', async () => {
    world.clock.move(700)
    await signIn(await issuer.token(ada))
    const before = issuer.asked.keys
    for (let tries = 0; tries < 50; tries += 1) await signIn(await issuer.token(ada, { kid: `made-up-${tries}` }))
    expect(issuer.asked.keys).toBe(before)
    world.clock.move(61)
    for (let tries = 0; tries < 50; tries += 1) await signIn(await issuer.token(ada, { kid: `made-up-${tries}` }))
    expect(issuer.asked.keys).toBe(before + 1)
    world.clock.move(-761)
  })

  it('are kept per issuer: a key of one signs nothing for the other', async () => {
    const token = await evil.token({ ...ada, iss: evil.issuer })
    expect((await signIn(token, { provider: 'apple' })).status).toBe(200)
    expect((await signIn(await evil.token({ ...ada, iss: issuer.issuer }))).code).toBe('id_token_invalid')
  })

  it('follow a rotation', async () => {
    world.clock.move(1_400)
    await issuer.rotate()
    const token = await issuer.token({ ...ada, exp: Math.floor(Date.now() / 1000) + 3_600 })
    expect((await signIn(token)).status).toBe(200)
    world.clock.move(-1_400)
  })
})

describe('S40, S57: an ID token of somebody else', () => {
  it('is connected in no dialect with a session whose last proof is old', async () => {
    const person = await aPerson(world)
    const send = async (path: string, token: string, body: object) => {
      const response = await fetch(world.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      })
      return { status: response.status, text: await response.text() }
    }
    const { email, password } = person
    const signedIn = await send('/auth/v1/token?grant_type=password', world.publishableKey, { email, password })
    const { access_token: access } = JSON.parse(signedIn.text) as { access_token: string }
    world.clock.move(700)
    const now = Math.floor(world.core.runtime.now().getTime() / 1000)
    const fresh = (sub: string) => issuer.token({ ...ada, sub, email: `${sub}@example.test`, iat: now, exp: now + 600 })
    const answers = [
      await send('/v1/me/identities', access, { provider: 'google', idToken: await fresh('mallory1') }),
      await send('/auth/v1/token?grant_type=id_token', access, {
        provider: 'google',
        id_token: await fresh('mallory2'),
        link_identity: true,
      }),
      await send('/nhost/v1/link/idtoken', access, { provider: 'google', idToken: await fresh('mallory3') }),
    ]
    for (const { status, text } of answers) {
      expect([400, 401], text).toContain(status)
      expect(text).toMatch(/reauthentication_needed|elevated claim required/)
    }
    expect((await world.core.users.find(person.id))?.identities).toHaveLength(1)
    world.clock.move(-700)
  })
})
