import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '#src/config.ts'
import { providerTokens } from '#src/flows/account/provider-tokens.ts'
import { startServer } from '#src/server.ts'
import { sql } from '#src/storage/sql.ts'
import { freePort } from '../set-up/free-port.ts'
import { movableRuntime } from '../world/clock.ts'
import { temporaryFolders } from '../world/folders.ts'
import { type Issuer, startIssuer } from '../world/issuer.ts'
import { type OpenIdServer, type Person, startOpenId } from '../world/open-id.ts'
import { exchange, nativeStart, type SocialWorld, signInNatively, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asserts.
type Body = any

const newFolder = temporaryFolders()
let world: SocialWorld
let folder: string
/** Somebody else's issuer, which knows the same subjects. */
let foreign: OpenIdServer
let issuer: Issuer
let foreignIssuer: Issuer
let otherPort: number
beforeAll(async () => {
  folder = await newFolder()
  issuer = await startIssuer('our-app')
  foreignIssuer = await startIssuer('our-app')
  world = await startSocial(
    {
      dataDir: folder,
      siteUrl: 'https://app.example.test',
      dialects: { altogic: { redirectUrl: 'https://app.example.test/back' } },
      providers: { google: { keepTokens: true }, apple: { clientId: ['our-app'], url: issuer.issuer } },
    },
    { database: 'postgres' },
  )
  otherPort = await freePort()
  const places = ['/v1/callback/custom:acme', '/v1/callback/google', '/auth/v1/callback', '/_auth/google/callback']
  foreign = await startOpenId(
    [...places, '/nhost/v1/signin/provider/google/callback'].flatMap((path) => [
      world.origin + path,
      `http://localhost:${otherPort}${path}`,
    ]),
  )
})
afterAll(async () => {
  await world.close()
  await Promise.all([foreign.close(), issuer.close(), foreignIssuer.close()])
})

let count = 0
const somebody = (): Person & { readonly email: string } => {
  count += 1
  const email = `owner${count}@example.test`
  return { sub: `subject-${count}`, email, email_verified: true }
}

async function ask(method: string, path: string, body?: unknown, base = world.url): Promise<Body> {
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${world.secretKey}`,
      apikey: world.secretKey,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) }
}

const own = ({ issuer: at, clientId, clientSecret }: OpenIdServer) => ({
  kind: 'oidc',
  issuer: at,
  clientId,
  clientSecret,
  scopes: ['email'],
})

/** Where a sign-in at the administrator's own provider leads, and who it lets in. */
async function atAcme(person: Person, server: OpenIdServer = world.openId): Promise<Body> {
  server.person = person
  const { url } = await createTraveller().go(nativeStart(world, {}, 'custom:acme'), world.app)
  const code = url.searchParams.get('code')
  return code === null ? { error: url.searchParams.get('error') } : (await exchange(world, code)).body
}

/** Takes the provider and whoever came by it away. */
async function afresh() {
  const rows = await world.database.query<{ id: string }>(
    sql`select distinct user_id as id from auth.identities where provider = 'custom:acme'`,
  )
  for (const { id } of rows) await ask('DELETE', `/v1/admin/users/${id}`)
  await ask('DELETE', '/v1/admin/providers/custom:acme')
}

describe('S38: a provider of the administrator’s own', () => {
  beforeEach(async () => {
    foreign.person = undefined
    await afresh()
    expect((await ask('PUT', '/v1/admin/providers/custom:acme', own(world.openId))).status).toBe(200)
  })

  it('is not pointed at another issuer while accounts of the former one are connected', async () => {
    const person = somebody()
    const { user } = await atAcme(person)
    const refused = await ask('PUT', '/v1/admin/providers/custom:acme', own(foreign))
    expect(refused).toMatchObject({ status: 409, code: 'conflict', details: { reason: 'moved' } })
    expect(refused.message).toContain(world.openId.issuer)
    // Everything else may change, and everybody gets in as before.
    expect((await ask('PUT', '/v1/admin/providers/custom:acme', { name: 'Acme', pkce: true })).status).toBe(200)
    expect((await atAcme(person)).user.id).toBe(user.id)
  })

  it('nor in the other dialect that describes providers', async () => {
    await atAcme(somebody())
    const path = '/auth/v1/admin/custom-providers/custom:acme'
    const refused = await ask('PUT', path, { issuer: foreign.issuer })
    expect(refused).toMatchObject({ status: 400, error_code: 'validation_failed' })
    expect(refused.msg).toContain(world.openId.issuer)
    expect((await ask('GET', path)).issuer).toBe(world.openId.issuer)
  })

  it('nor by taking it away and adding it again, with either dialect', async () => {
    const person = somebody()
    await atAcme(person)
    expect((await ask('DELETE', '/v1/admin/providers/custom:acme')).status).toBe(204)
    const { kind, clientId, clientSecret } = own(foreign)
    expect((await ask('PUT', '/v1/admin/providers/custom:acme', own(foreign))).code).toBe('conflict')
    const again = { identifier: 'custom:acme', name: 'Acme', client_id: clientId, client_secret: clientSecret }
    const refused = await ask('POST', '/auth/v1/admin/custom-providers', {
      ...again,
      provider_type: kind,
      issuer: foreign.issuer,
    })
    expect(refused).toMatchObject({ status: 400, error_code: 'validation_failed' })
    expect((await atAcme(person, foreign)).error).toBe('provider_disabled')
  })

  it('nor is another claim taken for the subject, or another address asked for profiles', async () => {
    await atAcme(somebody())
    const path = '/v1/admin/providers/custom:acme'
    expect((await ask('PUT', path, { claims: { sub: 'nickname' } })).code).toBe('conflict')
    expect((await ask('PUT', path, { claims: { sub: 'sub', name: 'nickname' } })).status).toBe(200)
    const at = world.openId.issuer
    const plain = { kind: 'oauth2', clientId: 'c', authorizationUrl: `${at}/auth`, tokenUrl: `${at}/token` }
    await ask('PUT', '/v1/admin/providers/custom:plain', { ...plain, userinfoUrl: `${at}/me` })
    const made = await ask('POST', '/v1/admin/users', { email: `plain${somebody().email}` })
    const connected = { provider: 'custom:plain', subject: '1' }
    expect((await ask('POST', `/v1/admin/users/${made.id}/identities`, connected)).status).toBe(201)
    expect((await ask('PUT', '/v1/admin/providers/custom:plain', { userinfoUrl: `${at}/us` })).code).toBe('conflict')
    expect((await ask('PUT', '/v1/admin/providers/custom:plain', { tokenUrl: `${at}/tokens` })).status).toBe(200)
  })

  it('moves where its operator says that the accounts are the same, naming where they come from', async () => {
    const person = somebody()
    const { user } = await atAcme(person)
    const move = (movedFrom: string) => ask('PUT', '/v1/admin/providers/custom:acme', { ...own(foreign), movedFrom })
    expect((await move('https://elsewhere.example')).code).toBe('conflict')
    expect((await move(world.openId.issuer)).status).toBe(200)
    expect((await atAcme(person, foreign)).user.id).toBe(user.id)
    expect((await ask('PUT', '/v1/admin/providers/custom:acme', own(world.openId))).code).toBe('conflict')
  })

  it('moves freely where nobody is connected', async () => {
    expect((await ask('PUT', '/v1/admin/providers/custom:acme', own(foreign))).status).toBe(200)
    const person = somebody()
    expect((await atAcme(person, foreign)).isNewUser).toBe(true)
  })

  it('lets nobody in whose sign-in was under way when it moved', async () => {
    const person = somebody()
    world.openId.person = person
    const browser = createTraveller()
    const { url } = await browser.go(nativeStart(world, {}, 'custom:acme'), `${world.origin}/v1/callback`)
    await ask('PUT', '/v1/admin/providers/custom:acme', own(foreign))
    const { url: end } = await browser.go(url.href, world.app)
    expect(end.searchParams.get('code')).toBeNull()
    expect(await world.core.identities.findOwner('custom:acme', person.sub)).toBeUndefined()
  })

  it('S142: a move and a first sign-in at once leave no account of the former issuer under the new one', async () => {
    for (let round = 0; round < 6; round += 1) {
      await afresh()
      await ask('PUT', '/v1/admin/providers/custom:acme', own(world.openId))
      const person = somebody()
      const [came, moved] = await Promise.all([
        atAcme(person),
        ask('PUT', '/v1/admin/providers/custom:acme', own(foreign)),
      ])
      const owner = await world.core.identities.findOwner('custom:acme', person.sub)
      expect([came.user === undefined, owner === undefined]).toEqual([moved.status === 200, moved.status === 200])
    }
  })
})

interface Moved {
  readonly url: string
  readonly movedFrom?: string
}

/** The same database behind a server whose configuration says something else about Google and Apple. */
async function reconfigured(google: Moved & { keepTokens?: boolean }, apple: Moved) {
  const { clientId, clientSecret } = world.openId
  const origin = `http://localhost:${otherPort}`
  const config = await loadConfig({
    input: {
      port: otherPort,
      publicUrl: origin,
      dataDir: folder,
      siteUrl: 'https://app.example.test',
      redirectUrls: ['https://app.example.test/**'],
      outbound: { allow: ['127.0.0.1'] },
      limits: { enabled: false },
      dialects: { altogic: { redirectUrl: 'https://app.example.test/back' } },
      providers: {
        google: { clientId: [clientId], clientSecret, ...google },
        apple: { clientId: ['our-app'], ...apple },
      },
    },
    cwd: folder,
  })
  const { runtime, log } = movableRuntime()
  // What the first server keeps open stays open.
  const database = Object.assign(Object.create(world.database), { close: async () => {} })
  const server = await startServer(config, runtime, { database })
  return { origin, url: server.url, log, core: server.watchword.core, close: () => server.close() }
}

const starts = (origin: string): Record<string, string> => ({
  native: nativeStart({ ...world, origin }),
  supabase: `${origin}/auth/v1/authorize?provider=google&redirect_to=${encodeURIComponent(world.app)}`,
  nhost: `${origin}/nhost/v1/signin/provider/google?redirectTo=${encodeURIComponent(world.app)}`,
  altogic: `${origin}/_auth/google`,
})

const handIn = (base: string, path: string, idToken: string): Promise<Body> =>
  ask(
    'POST',
    path,
    path.startsWith('/v1') ? { provider: 'apple', idToken } : { provider: 'apple', id_token: idToken },
    base,
  )

describe('S38, S76: a built-in provider whose configuration names another issuer', () => {
  const stands = async () =>
    (
      await world.database.query<{ n: number }>(sql`select
        (select count(*)::int from auth.sessions) + (select count(*)::int from auth.identities) as n`)
    )[0]?.n

  it('opens no account that the former one made, in any dialect', async () => {
    const person = somebody()
    const { body } = await signInNatively(world, person)
    const idToken = await issuer.token({ ...person, sub: 'apple-1', email: 'apple@example.test' })
    expect((await handIn(world.url, '/v1/sign-in/id-token', idToken)).status).toBe('complete')
    const before = await stands()
    const there = await reconfigured({ url: foreign.issuer }, { url: foreignIssuer.issuer })
    try {
      for (const who of [person, { ...person, email: 'mallory@example.test' }, somebody()])
        for (const [dialect, start] of Object.entries(starts(there.origin))) {
          foreign.person = who
          const { url } = await createTraveller().go(start, 'https://app.example.test')
          const told = [url.searchParams.has('error'), /(access_token|refreshToken)=/.test(url.href)]
          expect([dialect, ...told]).toEqual([dialect, true, false])
        }
      const forged = () => foreignIssuer.token({ ...person, sub: 'apple-1' })
      expect((await handIn(there.url, '/v1/sign-in/id-token', await forged())).code).toBe('provider_disabled')
      const supabase = await handIn(there.url, '/auth/v1/token?grant_type=id_token', await forged())
      expect([supabase.status, supabase.access_token]).toEqual([400, undefined])
      const nhost = await ask(
        'POST',
        '/nhost/v1/signin/idtoken',
        { provider: 'apple', idToken: await forged() },
        there.url,
      )
      expect([nhost.status >= 400, nhost.session]).toEqual([true, undefined])
      expect(await stands()).toBe(before)
      const warned = there.log.filter(({ fields }) => (fields as Body).to === foreign.issuer)
      expect(warned[0]?.fields).toMatchObject({ provider: 'google', from: world.openId.issuer })
    } finally {
      await there.close()
    }
    // Where it stands as before, everybody gets in as before.
    expect(((await signInNatively(world, person)).body as Body).user.id).toBe((body as Body).user.id)
  })

  it('connects nothing by hand, and attaches nothing on an administrator’s word', async () => {
    await signInNatively(world, somebody())
    const there = await reconfigured({ url: foreign.issuer }, { url: issuer.issuer })
    try {
      const made = await ask('POST', '/v1/admin/users', { email: `by-hand-${somebody().email}` })
      const body = { provider: 'google', subject: 'subject-at-the-foreign-one' }
      const attached = await ask('POST', `/v1/admin/users/${made.id}/identities`, body, there.url)
      expect([attached.code, attached.details.reason]).toEqual(['provider_disabled', 'moved'])
      const guest = await ask('POST', '/v1/sign-up/anonymous', {}, there.url)
      const idToken = await foreignIssuer.token(somebody())
      const linked = await fetch(`${there.url}/v1/me/identities`, {
        method: 'POST',
        headers: { authorization: `Bearer ${guest.tokens.accessToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ provider: 'apple', idToken }),
      })
      expect(linked.status).toBeGreaterThanOrEqual(400)
    } finally {
      await there.close()
    }
  })

  it('is not asked to renew what the former one gave', async () => {
    const { body } = await signInNatively(world, somebody())
    const { user } = body as Body
    const there = await reconfigured({ url: foreign.issuer, keepTokens: true }, { url: issuer.issuer })
    try {
      const renewed = providerTokens(there.core, { userId: user.id, provider: 'google', renew: 'always' })
      await expect(renewed).rejects.toMatchObject({ code: 'provider_disabled', details: { reason: 'moved' } })
    } finally {
      await there.close()
    }
  })

  it('serves accounts from before anybody wrote down where they come from, and then keeps to that', async () => {
    const person = somebody()
    const { body } = await signInNatively(world, person)
    await world.database.query(sql`delete from auth.provider_homes`)
    const same = await reconfigured({ url: world.openId.issuer }, { url: issuer.issuer })
    await same.close()
    expect(await world.core.providerHomes.list()).toEqual(
      expect.arrayContaining([
        { provider: 'google', home: world.openId.issuer },
        { provider: 'apple', home: issuer.issuer },
      ]),
    )
    expect(((await signInNatively(world, person)).body as Body).user.id).toBe((body as Body).user.id)
    const moved = await reconfigured({ url: foreign.issuer }, { url: issuer.issuer })
    try {
      foreign.person = person
      const { url } = await createTraveller().go(nativeStart({ ...world, origin: moved.origin }), world.app)
      expect(url.searchParams.get('error')).toBe('provider_disabled')
    } finally {
      await moved.close()
    }
  })

  it('goes on elsewhere with the same accounts where the configuration says so', async () => {
    const person = somebody()
    const { body } = await signInNatively(world, person)
    const there = await reconfigured(
      { url: foreign.issuer, movedFrom: world.openId.issuer },
      { url: issuer.issuer, movedFrom: 'https://never.example' },
    )
    try {
      foreign.person = person
      const { url } = await createTraveller().go(nativeStart({ ...world, origin: there.origin }), world.app)
      const again = await exchange({ ...world, url: there.url }, url.searchParams.get('code') ?? '')
      expect((again.body as Body).user.id).toBe((body as Body).user.id)
    } finally {
      await there.close()
    }
    world.openId.person = person
    const { url } = await createTraveller().go(nativeStart(world), world.app)
    expect(url.searchParams.get('error')).toBe('provider_disabled')
    // An administrator may say so as well, where the configuration has moved without it.
    const back = (movedFrom: string) => ask('PUT', '/v1/admin/providers/google', { movedFrom })
    expect((await back('https://never.example')).code).toBe('conflict')
    expect((await back(foreign.issuer)).status).toBe(200)
    expect(((await signInNatively(world, person)).body as Body).user.id).toBe((body as Body).user.id)
  })
})
