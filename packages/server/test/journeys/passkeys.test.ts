import { createHash, createPrivateKey, sign } from 'node:crypto'
import { createClient } from '@nhost/nhost-js'
import { MemoryStorage } from '@nhost/nhost-js/session'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { freePort } from '../set-up/free-port.ts'
import { type Authenticators, addAuthenticators } from '../world/virtual-authenticator.ts'
import { startWorld, type World } from '../world/world.ts'
import { type App, startApp } from './app.ts'

const password = 'seven quiet otters'
let world: World
let app: App
let browser: Browser
let site: string
beforeAll(async () => {
  const port = await freePort()
  site = `http://localhost:${port}`
  world = await startWorld({ config: { siteUrl: site } })
  app = await startApp(port, { url: world.url, key: world.publishableKey, flowType: 'pkce' })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

interface Device extends Authenticators {
  readonly page: Page
}

/** A browser with an authenticator in it, which knows its person, who is always there. */
async function aDevice(transport: 'internal' | 'usb' = 'internal'): Promise<Device> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(site)
  return { page, ...(await addAuthenticators(page, { transport })) }
}

async function aPerson(): Promise<{ id: string; email: string }> {
  const email = `jo-${crypto.randomUUID()}@example.test`
  const made = await ask('/v1/admin/users', { email, password, emailConfirmed: true }, world.secretKey)
  return { id: String(made.body['id']), email }
}

type Body = Record<string, unknown>

async function ask(path: string, body: object, bearer?: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Body }
}

/** Calls the official client in the page, as the app would. */
function call(
  page: Page,
  path: string,
  ...values: unknown[]
): Promise<{ data: Body | Body[] | null; error: Body | null }> {
  return page.evaluate(
    async ([names, list]) => {
      const { auth } = (globalThis as unknown as { client: { auth: unknown } }).client
      const parts = String(names).split('.')
      const owner = parts.slice(0, -1).reduce((at, name) => (at as Record<string, unknown>)[name], auth) as Record<
        string,
        (...all: unknown[]) => Promise<{ data: never; error: { message: string; code: string } | null }>
      >
      const { data, error } = (await owner[parts.at(-1) ?? '']?.(...(list as unknown[]))) ?? { data: null, error: null }
      return { data, error: error === null ? null : { message: error.message, code: error.code } }
    },
    [path, values] as const,
  )
}

/** Runs a ceremony in the page and answers what the browser made of it. */
function ceremony(
  page: Page,
  mode: 'create' | 'get',
  publicKey: unknown,
  mediation: 'optional' | 'conditional' = 'optional',
): Promise<Body> {
  return page.evaluate(
    async ([way, options, how]) => {
      const all = globalThis as unknown as {
        PublicKeyCredential: Record<string, (json: unknown) => never>
        navigator: { credentials: Record<string, (options: object) => Promise<{ toJSON(): never }>> }
      }
      const parse = way === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON'
      const made = await all.navigator.credentials[way as string]?.({
        ...(how === 'conditional' ? { mediation: how } : {}),
        publicKey: all.PublicKeyCredential[parse]?.(options),
      })
      if (made === undefined) throw new Error('nothing was made')
      return made.toJSON()
    },
    [mode, publicKey, mediation] as const,
  )
}

/** What the authenticator would say had somebody touched it without saying who they are, by its own key. */
async function presentOnly({ cdp, authenticator }: Device, userId: string, options: Body): Promise<Body> {
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: authenticator })
  const [held] = credentials
  if (held === undefined) throw new Error('there is no credential')
  const client = Buffer.from(
    JSON.stringify({ type: 'webauthn.get', challenge: options['challenge'], origin: site, crossOrigin: false }),
  )
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(held.signCount + 5)
  const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest()
  const data = Buffer.concat([sha256('localhost'), Buffer.of(0x01), counter])
  const key = createPrivateKey({ key: Buffer.from(held.privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  const id = Buffer.from(held.credentialId, 'base64').toString('base64url')
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', Buffer.concat([data, sha256(client)]), key).toString('base64url'),
      userHandle: Buffer.from(userId).toString('base64url'),
    },
  }
}

async function signedIn(device: Device): Promise<{ id: string; email: string; accessToken: string }> {
  const person = await aPerson()
  const { data } = await call(device.page, 'signInWithPassword', { email: person.email, password })
  return { ...person, accessToken: String(((data as Body)['session'] as Body)['access_token']) }
}

const claimsOf = (token: unknown): Body =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Body

describe('passkeys through the official client', () => {
  it('are registered, listed, renamed, sign in without a name, and are deleted', async () => {
    const device = await aDevice()
    const { page } = device
    const { email } = await signedIn(device)
    const made = await call(page, 'registerPasskey')
    expect(made.error).toBeNull()
    expect(made.data).toMatchObject({
      id: expect.any(String),
      friendly_name: expect.any(String),
      created_at: expect.any(String),
    })
    expect(await world.inbox.waitFor(email, 'factor_added')).toBeDefined()
    await call(page, 'signOut')
    const back = await call(page, 'signInWithPasskey')
    expect(back.error).toBeNull()
    const session = (back.data as Body)['session'] as Body
    expect((session['user'] as Body)['email']).toBe(email)
    expect(claimsOf(session['access_token'])).toMatchObject({ aal: 'aal2', amr: [{ method: 'passkey' }] })
    const [passkey] = (await call(page, 'passkey.list')).data as Body[]
    expect(passkey).toMatchObject({ last_used_at: expect.any(String) })
    const passkeyId = String(passkey?.['id'])
    const renamed = await call(page, 'passkey.update', { passkeyId, friendlyName: 'Laptop' })
    expect(renamed.data).toMatchObject({ id: passkeyId, friendly_name: 'Laptop' })
    expect((await call(page, 'passkey.delete', { passkeyId })).error).toBeNull()
    expect((await call(page, 'passkey.list')).data).toEqual([])
    await call(page, 'signOut')
    expect((await call(page, 'signInWithPasskey')).error).toMatchObject({ message: 'Credential verification failed' })
  })

  it('protect nothing by themselves: the password goes on as before', async () => {
    const device = await aDevice()
    const { email } = await signedIn(device)
    await call(device.page, 'registerPasskey')
    expect((await call(device.page, 'mfa.listFactors')).data).toMatchObject({ all: [] })
    await call(device.page, 'signOut')
    expect((await call(device.page, 'signInWithPassword', { email, password })).error).toBeNull()
    expect((await call(device.page, 'updateUser', { data: { plan: 'free' } })).error).toBeNull()
  })

  it('S97 are worth one factor where the person was present and not verified', async () => {
    const device = await aDevice()
    const { id } = await signedIn(device)
    await call(device.page, 'registerPasskey')
    const begun = await ask('/auth/v1/passkeys/authentication/options', {})
    const credential = await presentOnly(device, id, begun.body['options'] as Body)
    const done = await ask('/auth/v1/passkeys/authentication/verify', {
      challenge_id: begun.body['challenge_id'],
      credential,
    })
    expect(claimsOf(done.body['access_token'])).toMatchObject({ aal: 'aal1', amr: [{ method: 'passkey' }] })
  })
})

describe('passkeys natively', () => {
  it('are an attempt like any other: made in a session, proved without one', async () => {
    const { page } = await aDevice()
    const { email } = await aPerson()
    const tokens = (await ask('/v1/sign-in/password', { email, password })).body['tokens'] as Body
    const bearer = String(tokens['accessToken'])
    const begun = (await ask('/v1/me/factors', { type: 'passkey', name: 'Mine' }, bearer)).body['attempt'] as Body
    const step = begun['step'] as Body
    expect(step).toMatchObject({ type: 'passkey', mode: 'create' })
    const credential = await ceremony(page, 'create', step['publicKey'])
    expect((await ask('/v1/attempts/answer', { attempt: begun['token'], credential })).status).toBe(401)
    const added = await ask('/v1/attempts/answer', { attempt: begun['token'], credential }, bearer)
    expect(added.body).toMatchObject({ status: 'complete', factor: { type: 'passkey', name: 'Mine', signIn: true } })

    const asked = (await ask('/v1/sign-in/passkey', {})).body['attempt'] as Body
    const proof = await ceremony(page, 'get', (asked['step'] as Body)['publicKey'])
    const done = await ask('/v1/attempts/answer', { attempt: asked['token'], credential: proof })
    expect(done.body).toMatchObject({
      status: 'complete',
      user: { email, waysIn: expect.arrayContaining(['passkey']) },
      session: { aal: 'aal2' },
    })
    expect((await ask('/v1/attempts/answer', { attempt: asked['token'], credential: proof })).status).toBe(410)
  })
})

describe('passkeys through the Nhost client', () => {
  it('are added as security keys, and sign in with nothing but themselves', async () => {
    const { page } = await aDevice()
    const { email } = await aPerson()
    const nhost = createClient({ authUrl: `${world.url}/nhost/v1`, storage: new MemoryStorage() })
    await nhost.auth.signInEmailPassword({ email, password })
    const creation = (await nhost.auth.addSecurityKey()).body
    expect(creation).toMatchObject({ rp: { id: 'localhost' }, challenge: expect.any(String), user: { name: email } })
    const made = await ceremony(page, 'create', creation)
    const added = await nhost.auth.verifyAddSecurityKey({ credential: made as never, nickname: 'Key' })
    expect(added.body).toEqual({ id: expect.any(String), nickname: 'Key' })
    const stranger = createClient({ authUrl: `${world.url}/nhost/v1`, storage: new MemoryStorage() })
    const proof = (await ceremony(page, 'get', (await stranger.auth.signInWebauthn({ email })).body)) as never
    const { body } = await stranger.auth.verifySignInWebauthn({ credential: proof })
    expect(body.session?.user?.email).toBe(email)
    expect((await stranger.auth.getUser()).body.email).toBe(email)
    await expect(stranger.auth.verifySignInWebauthn({ credential: proof })).rejects.toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
  })
})

describe('an account that begins with a passkey', () => {
  it('is made by the Nhost client, proved by mail, and elevated by its key', async () => {
    const { page } = await aDevice()
    const email = `jo-${crypto.randomUUID()}@example.test`
    const nhost = createClient({ authUrl: `${world.url}/nhost/v1`, storage: new MemoryStorage() })
    const options = (await nhost.auth.signUpWebauthn({ email, options: { displayName: 'Jo' } })).body
    const credential = (await ceremony(page, 'create', options)) as never
    expect((await nhost.auth.verifySignUpWebauthn({ credential, nickname: 'Laptop' })).body).toEqual({})
    const { link } = await world.inbox.waitFor(email)
    expect((await fetch(link ?? '', { redirect: 'manual' })).status).toBe(302)
    const proof = (await ceremony(page, 'get', (await nhost.auth.signInWebauthn()).body)) as never
    const { body } = await nhost.auth.verifySignInWebauthn({ credential: proof })
    expect(body.session?.user).toMatchObject({ email, emailVerified: true, displayName: 'Jo' })
    const again = (await ceremony(page, 'get', (await nhost.auth.elevateWebauthn()).body)) as never
    const elevated = await nhost.auth.verifyElevateWebauthn({ credential: again })
    expect(elevated.body.session?.accessToken).toEqual(expect.any(String))
  })

  it('natively goes on with the code of the mail; afterwards the field of the address fills itself', async () => {
    const { page } = await aDevice()
    const email = `jo-${crypto.randomUUID()}@example.test`
    const begun = (await ask('/v1/sign-up/passkey', { email })).body['attempt'] as Body
    const credential = await ceremony(page, 'create', (begun['step'] as Body)['publicKey'])
    const waiting = (await ask('/v1/attempts/answer', { attempt: begun['token'], credential })).body['attempt'] as Body
    const { code } = await world.inbox.waitFor(email)
    const done = await ask('/v1/attempts/answer', { attempt: waiting['token'], code })
    expect(done.body).toMatchObject({ status: 'complete', isNewUser: true, user: { email } })
    const signIn = (await ask('/v1/sign-in/passkey', {})).body['attempt'] as Body
    const proof = await ceremony(page, 'get', (signIn['step'] as Body)['publicKey'], 'conditional')
    expect(await ask('/v1/attempts/answer', { attempt: signIn['token'], credential: proof })).toMatchObject({
      body: { status: 'complete', user: { email }, session: { aal: 'aal2' } },
    })
  })
})

describe('passkeys as second factors', () => {
  it('are enrolled and asked for by the official client alone', async () => {
    // The client asks for an authenticator that is not built into the machine.
    const device = await aDevice('usb')
    const { page } = device
    const { email } = await signedIn(device)
    const options = { rpId: 'localhost', rpOrigins: [site] }
    const made = await call(page, 'mfa.webauthn.register', { friendlyName: 'Key', webauthn: options })
    expect(made.error).toBeNull()
    const factors = (await call(page, 'mfa.listFactors')).data as unknown as { webauthn: Body[] }
    expect(factors.webauthn).toMatchObject([{ friendly_name: 'Key', status: 'verified' }])
    await call(page, 'signOut')
    await call(page, 'signInWithPassword', { email, password })
    const level = () => call(page, 'mfa.getAuthenticatorAssuranceLevel')
    expect((await level()).data).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' })
    const factorId = String(factors.webauthn[0]?.['id'])
    const proved = await call(page, 'mfa.webauthn.authenticate', { factorId, webauthn: options })
    expect(proved.error).toBeNull()
    expect((await level()).data).toMatchObject({ currentLevel: 'aal2', nextLevel: 'aal2' })
  })

  it('natively keep a sign-in open until they are proved, and prove it once more', async () => {
    const { page } = await aDevice()
    const { email } = await aPerson()
    const signIn = async () => (await ask('/v1/sign-in/password', { email, password })).body
    const bearer = String(((await signIn())['tokens'] as Body)['accessToken'])
    const begun = (await ask('/v1/me/factors', { type: 'passkey', signIn: false }, bearer)).body['attempt'] as Body
    const credential = await ceremony(page, 'create', (begun['step'] as Body)['publicKey'])
    const added = await ask('/v1/attempts/answer', { attempt: begun['token'], credential }, bearer)
    expect(added.body).toMatchObject({ status: 'complete', session: { aal: 'aal2' }, factor: { signIn: false } })
    const second = (await signIn())['attempt'] as Body
    const [option] = (second['step'] as Body)['options'] as Body[]
    expect([second['purpose'], option]).toMatchObject(['sign_in', { type: 'passkey' }])
    const chosen = await ask('/v1/attempts/challenge', { attempt: second['token'], option: option?.['id'] })
    const step = (chosen.body['attempt'] as Body)['step'] as Body
    expect(step).toMatchObject({ type: 'passkey', mode: 'get' })
    const proof = await ceremony(page, 'get', step['publicKey'])
    const done = await ask('/v1/attempts/answer', { attempt: second['token'], credential: proof })
    expect(done.body).toMatchObject({ status: 'complete', user: { email }, session: { aal: 'aal2' } })
    expect((await ask('/v1/attempts/answer', { attempt: second['token'], credential: proof })).status).toBe(410)
  })

  it('that only sign in prove it once more as a password would', async () => {
    const { page } = await aDevice()
    const { email } = await aPerson()
    const tokens = (await ask('/v1/sign-in/password', { email, password })).body['tokens'] as Body
    const bearer = String(tokens['accessToken'])
    const begun = (await ask('/v1/me/factors', { type: 'passkey' }, bearer)).body['attempt'] as Body
    const credential = await ceremony(page, 'create', (begun['step'] as Body)['publicKey'])
    const added = await ask('/v1/attempts/answer', { attempt: begun['token'], credential }, bearer)
    const fresh = String((added.body['tokens'] as Body)['accessToken'])
    const elevation = (await ask('/v1/me/elevation', {}, fresh)).body['attempt'] as Body
    expect((elevation['step'] as Body)['options']).toContainEqual({
      ...{ id: 'passkey', type: 'passkey' },
      ...{ name: null, sentTo: null, enroll: false },
    })
    const attempt = elevation['token']
    const early = await ask('/v1/attempts/answer', { attempt, credential }, fresh)
    expect(early.body).toMatchObject({ code: 'validation_failed' })
    const asked = (await ask('/v1/attempts/challenge', { attempt, option: 'passkey' }, fresh)).body['attempt'] as Body
    const proof = await ceremony(page, 'get', (asked['step'] as Body)['publicKey'])
    const done = await ask('/v1/attempts/answer', { attempt, credential: proof }, fresh)
    expect(done.body).toMatchObject({ status: 'complete', session: { amr: [{ method: 'passkey' }, {}, {}] } })
    expect((await ask('/v1/attempts/answer', { attempt, credential: proof }, fresh)).status).toBe(410)
  })
})

describe('attacks on passkeys', () => {
  /** A passkey at Supabase's routes, and a fresh assertion by it. */
  async function holder() {
    const device = await aDevice()
    const person = await signedIn(device)
    await call(device.page, 'registerPasskey')
    const options = await ask('/auth/v1/passkeys/authentication/options', {})
    const credential = await ceremony(device.page, 'get', options.body['options'])
    return { device, person, challengeId: String(options.body['challenge_id']), credential }
  }
  const verify = (challenge_id: string, credential: Body) =>
    ask('/auth/v1/passkeys/authentication/verify', { challenge_id, credential })
  const changed = (credential: Body, client: Body) => {
    const response = credential['response'] as Body
    const said = JSON.parse(Buffer.from(String(response['clientDataJSON']), 'base64url').toString()) as Body
    const clientDataJSON = Buffer.from(JSON.stringify({ ...said, ...client })).toString('base64url')
    return { ...credential, response: { ...response, clientDataJSON } }
  }

  it('S96 S23 of fifty who show the same assertion at once one is let in', async () => {
    const { challengeId, credential } = await holder()
    const all = await Promise.all(Array.from({ length: 50 }, () => verify(challengeId, credential)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(all.map(({ body }) => body['error_code']))).toEqual(
      new Set([undefined, 'webauthn_challenge_not_found']),
    )
  })

  it('S96 an assertion counts for its own challenge, origin, data and user', async () => {
    const { credential, challengeId, device } = await holder()
    const other = String((await ask('/auth/v1/passkeys/authentication/options', {})).body['challenge_id'])
    expect((await verify(other, credential)).body['error_code']).toBe('webauthn_verification_failed')
    expect((await verify(challengeId, changed(credential, { origin: 'https://evil.test' }))).body['error_code']).toBe(
      'webauthn_verification_failed',
    )
    const forgeries: ((credential: Body & { response: Body }) => Body)[] = [
      (fresh) => changed(fresh, { type: 'webauthn.create' }),
      (fresh) => changed(fresh, { crossOrigin: true }),
      ({ response, ...fresh }) => ({
        ...fresh,
        response: { ...response, userHandle: Buffer.from(crypto.randomUUID()).toString('base64url') },
      }),
      ({ response, ...fresh }) => ({ ...fresh, response: { ...response, userHandle: undefined } }),
      ({ response, ...fresh }) => ({
        ...fresh,
        response: { ...response, signature: Buffer.alloc(70, 1).toString('base64url') },
      }),
      (fresh) => ({ ...fresh, id: 'AAAA', rawId: 'AAAA' }),
      () => ({}),
      () => ({ id: 7, response: null }),
    ]
    for (const forge of forgeries) {
      const begun = await ask('/auth/v1/passkeys/authentication/options', {})
      const fresh = (await ceremony(device.page, 'get', begun.body['options'])) as Body & { response: Body }
      const answer = await verify(String(begun.body['challenge_id']), forge(fresh))
      expect([answer.status, answer.body['error_code']]).toEqual([400, 'webauthn_verification_failed'])
    }
  })

  it('S96 a counter that does not grow is refused', async () => {
    const { device, person, challengeId, credential } = await holder()
    expect((await verify(challengeId, credential)).status).toBe(200)
    const { credentials } = await device.cdp.send('WebAuthn.getCredentials', { authenticatorId: device.authenticator })
    const [copy] = credentials
    if (copy === undefined) throw new Error('there is no credential')
    await device.cdp.send('WebAuthn.clearCredentials', { authenticatorId: device.authenticator })
    await device.cdp.send('WebAuthn.addCredential', {
      authenticatorId: device.authenticator,
      credential: { ...copy, signCount: 0 },
    })
    const begun = await ask('/auth/v1/passkeys/authentication/options', {})
    const stale = await ceremony(device.page, 'get', begun.body['options'])
    expect((await verify(String(begun.body['challenge_id']), stale)).body['error_code']).toBe(
      'webauthn_verification_failed',
    )
    expect(person.id).toBeDefined()
  })

  it('S95 S94 what was begun in one session is not finished in another, and not twice', async () => {
    const device = await aDevice()
    const { accessToken } = await signedIn(device)
    const stranger = await aDevice()
    const { accessToken: theirs } = await signedIn(stranger)
    const begun = await ask('/auth/v1/passkeys/registration/options', {}, accessToken)
    const challenge_id = begun.body['challenge_id']
    const credential = await ceremony(device.page, 'create', begun.body['options'])
    const finish = (token: string) => ask('/auth/v1/passkeys/registration/verify', { challenge_id, credential }, token)
    expect((await finish(theirs)).body['error_code']).toBe('webauthn_challenge_not_found')
    expect((await finish(accessToken)).status).toBe(200)
    expect((await finish(accessToken)).body['error_code']).toBe('webauthn_challenge_not_found')
    const again = await ask('/auth/v1/passkeys/registration/options', {}, theirs)
    expect(
      (
        await ask(
          '/auth/v1/passkeys/registration/verify',
          { challenge_id: again.body['challenge_id'], credential },
          theirs,
        )
      ).body['error_code'],
    ).toBe('webauthn_verification_failed')
  })

  it('S95 a registration on a page of another origin is refused', async () => {
    const device = await aDevice()
    const { accessToken } = await signedIn(device)
    for (const origin of ['https://localhost.evil.test', 'https://evil.test', 'null', '']) {
      const begun = await ask('/auth/v1/passkeys/registration/options', {}, accessToken)
      const credential = changed(await ceremony(device.page, 'create', begun.body['options']), { origin })
      const answer = await ask(
        '/auth/v1/passkeys/registration/verify',
        { challenge_id: begun.body['challenge_id'], credential },
        accessToken,
      )
      expect([answer.status, answer.body['error_code']]).toEqual([400, 'webauthn_verification_failed'])
      await device.cdp.send('WebAuthn.clearCredentials', { authenticatorId: device.authenticator })
    }
  })

  it('S57 a passkey is not added to a session whose proof is old', async () => {
    const device = await aDevice()
    const { accessToken } = await signedIn(device)
    world.clock.move(700)
    const answer = await ask('/auth/v1/passkeys/registration/options', {}, accessToken)
    expect([answer.status, answer.body['error_code']]).toEqual([400, 'reauthentication_needed'])
    world.clock.move(-700)
  })
})
