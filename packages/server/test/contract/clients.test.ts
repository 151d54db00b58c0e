import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientFacts } from '#src/core/clients/client.ts'
import type { Core } from '#src/core/core.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import { changePassword } from '#src/flows/account/change-password.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { beginAuthorization } from '#src/flows/oauth/authorize.ts'
import { decideAuthorization } from '#src/flows/oauth/consent.ts'
import { exchangeAuthorizationCode } from '#src/flows/oauth/exchange.ts'
import { revokeGrant } from '#src/flows/oauth/grants.ts'
import { refreshForClient } from '#src/flows/oauth/refresh.ts'
import type { AuthorizationServer } from '#src/flows/oauth/server.ts'
import type { Grant } from '#src/flows/session/open.ts'
import { signOut } from '#src/flows/session/sign-out.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { atOnce, type Rooms, startRooms, stores, tally } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const password = 'seven quiet otters'
const place = 'https://app.example.test/callback'
const verifier = 'the-verifier-stays-with-the-application-0123456789'
const codeChallenge = createHash('sha256').update(verifier).digest('base64url')
const server: AuthorizationServer = {
  issuer: 'https://auth.example.test',
  tokens: 'account',
  handles: 'base32',
  defaultScopes: ['email'],
  renewsIdToken: false,
}
const facts: ClientFacts = {
  name: 'Orders',
  homeUrl: 'https://app.example.test/',
  logoUrl: null,
  authMethod: 'client_secret_basic',
  redirectUris: [place],
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'email', 'profile'],
}
const refused = { code: 'oauth_refused' }

describe.each(stores)('applications on the %s store', (kind) => {
  const world: { rooms?: Rooms; people: number } = { people: 0 }
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  beforeAll(async () => {
    world.rooms = await startRooms(kind, {
      settings: { oauthServer: { ...defaultSettings.oauthServer, enabled: true, registration: true } },
    })
  })
  afterAll(() => rooms().close())

  const person = async (): Promise<Grant & { email: string }> => {
    world.people += 1
    const email = `person${world.people}@example.test`
    await createUser(core(), caller, actor, { email, password, emailConfirmed: true, way: 'admin' })
    const outcome = await signInWithPassword(core(), caller, { address: { email }, password })
    if (outcome.kind !== 'complete') throw new Error(outcome.kind)
    return { ...outcome.grant, email }
  }
  const client = async (more: Partial<ClientFacts> = {}) =>
    (await core().clients.add({ ...facts, ...more }, 'manual')).client
  const ask = async (clientId: string) => {
    const begun = await beginAuthorization(core(), server, {
      ...{ clientId, redirectUri: place, responseType: 'code', scope: 'openid email', codeChallenge },
      ...{ codeChallengeMethod: 'S256', responseMode: undefined, state: undefined, nonce: undefined },
      ...{ prompt: undefined, resource: undefined, request: undefined, requestUri: undefined },
    })
    if (begun.kind !== 'begun') throw new Error(begun.redirectTo)
    return begun.handle
  }
  const decide = (by: Grant, handle: string, decision: 'approve' | 'deny' = 'approve') =>
    decideAuthorization(core(), caller, { server, handle, by, decision, may: 'unseen' })
  const codeFor = async (by: Grant, of: Awaited<ReturnType<typeof client>>) =>
    new URL(await decide(by, await ask(of.id))).searchParams.get('code') ?? ''
  const exchange = (of: Awaited<ReturnType<typeof client>>, code: string, on = core()) =>
    exchangeAuthorizationCode(on, caller, {
      ...{ server, client: of, code, verifier, redirectUri: place, resource: undefined },
    })
  const sessionsOf = async (by: Grant) => (await core().sessions.list(by.user.id, { limit: 100 })).length

  it('are kept as they are given, and known by their secret', async () => {
    const { client: made, secret = '' } = await core().clients.add(facts, 'manual')
    expect(made).toMatchObject({ ...facts, registration: 'manual' })
    expect(await core().clients.find(made.id)).toEqual(made)
    expect(await core().clients.identify(made.id, secret)).toEqual({ client: made, fits: true })
    expect(await core().clients.identify(made.id, `${secret}x`)).toEqual({ client: made, fits: false })
    expect(await core().clients.identify('nobody', secret)).toEqual({ client: undefined, fits: false })
    const open = await core().clients.add({ ...facts, authMethod: 'none' }, 'dynamic')
    expect(open.secret).toBeUndefined()
    expect((await core().clients.identify(open.client.id, '')).fits).toBe(false)
    expect((await core().clients.renewSecret(open.client.id))?.secret).toBeUndefined()
  })

  it('are changed in part, and a page may be taken away', async () => {
    const { id } = await client()
    const changed = await core().clients.change(id, { homeUrl: null, redirectUris: ['https://b.test/'] })
    expect(changed).toMatchObject({ name: 'Orders', homeUrl: null, redirectUris: ['https://b.test/'] })
    expect(await core().clients.change('nobody', { name: 'x' })).toBeUndefined()
    const renewed = await core().clients.renewSecret(id)
    expect((await core().clients.identify(id, renewed?.secret ?? '')).fits).toBe(true)
  })

  it('take their sessions, consents and requests with them', async () => {
    const [of, by] = [await client(), await person()]
    const { session } = await exchange(of, await codeFor(by, of))
    await ask(of.id)
    expect(await core().clients.remove(of.id)).toMatchObject({ id: of.id })
    expect(await core().sessions.findLive(session.id, by.user.id)).toBeUndefined()
    expect(await core().consents.list(by.user.id)).toEqual([])
    const left = await rooms().database.query(sql`select 1 as one from auth.oauth_requests where client_id = ${of.id}`)
    expect(left).toEqual([])
  })

  it('S66: a request is answered once, by whoever looked first, also of many at once', async () => {
    const [of, by, other] = [await client(), await person(), await person()]
    const handle = await ask(of.id)
    const answers = await tally(atOnce(12, (index) => decide(index % 2 === 0 ? by : other, handle)))
    expect(answers['ok']).toBe(1)
    expect(Object.keys(answers).every((name) => ['ok', 'not_found', 'conflict'].includes(name))).toBe(true)
    await expect(decide(by, handle, 'deny')).rejects.toBeDefined()
  })

  it('S68: of fifty exchanges on two processes one is answered, and its session is ended', async () => {
    const [of, by] = [await client(), await person()]
    const code = await codeFor(by, of)
    const one = (index: number) => exchange(of, code, index % 2 === 0 ? core() : rooms().other)
    expect(await tally(atOnce(50, one))).toEqual({ ok: 1, oauth_refused: 49 })
    expect(await sessionsOf(by)).toBe(1)
  })

  it('S51: signing out beside an approval or an exchange leaves no fault, and no code that outlives it', async () => {
    const of = await client()
    for (const round of [1, 2, 3, 4, 5, 6]) {
      const by = await person()
      const handle = await ask(of.id)
      const waiting = round % 2 === 0 ? codeFor(by, of).then((code) => exchange(of, code)) : decide(by, handle)
      const [answer] = await Promise.allSettled([
        waiting,
        signOut(core(), caller, { session: by.session, scope: 'all' }),
      ])
      if (answer.status === 'rejected') expect(answer.reason).toHaveProperty('code')
      else if (typeof answer.value === 'string') {
        const code = new URL(answer.value).searchParams.get('code') ?? ''
        await expect(exchange(of, code)).rejects.toMatchObject(refused)
      }
    }
  })

  it('S52: a new password beside an exchange leaves no session behind', async () => {
    const of = await client()
    for (const _ of [1, 2, 3, 4]) {
      const by = await person()
      const code = await codeFor(by, of)
      const proof = { currentPassword: password, nonce: undefined }
      await Promise.allSettled([
        exchange(of, code),
        changePassword(core(), caller, { ...by, password: 'another calm heron 8', proof }),
      ])
      const held = (await core().sessions.list(by.user.id, { limit: 100 })).filter((each) => each.client !== null)
      // It came after the change, then with the code of the session that made it; or it was ended by it.
      expect(held.length).toBeLessThanOrEqual(1)
      await revokeGrant(core(), caller, { userId: by.user.id, clientId: of.id })
      expect(await sessionsOf(by)).toBe(1)
    }
  })

  it('taking a consent back beside an exchange and a refresh leaves nothing', async () => {
    const of = await client()
    for (const _ of [1, 2, 3, 4]) {
      const by = await person()
      const { refreshToken = '' } = await exchange(of, await codeFor(by, of))
      const code = await codeFor(by, of)
      const results = await Promise.allSettled([
        exchange(of, code),
        refreshForClient(core(), caller, { server, client: of, token: refreshToken, scope: undefined }),
        revokeGrant(core(), caller, { userId: by.user.id, clientId: of.id }),
      ])
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toHaveProperty('code')
      // An exchange that came first opened a session that was ended; one that came later found no code.
      expect(await sessionsOf(by)).toBe(1)
    }
  })

  it('taking an application away beside what it does is answered without a fault', async () => {
    for (const _ of [1, 2, 3, 4]) {
      const [of, by] = [await client(), await person()]
      const code = await codeFor(by, of)
      const { refreshToken = '' } = await exchange(of, await codeFor(by, of))
      const handle = await ask(of.id)
      const results = await Promise.allSettled([
        exchange(of, code),
        decide(by, handle),
        refreshForClient(core(), caller, { server, client: of, token: refreshToken, scope: undefined }),
        core().transaction((tx) => tx.clients.remove(of.id)),
      ])
      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'ok'))
      expect(codes.filter((each) => each === undefined || each === 'unavailable')).toEqual([])
      expect(await sessionsOf(by)).toBe(1)
    }
  })

  it('S47: a refresh token of an application is renewed for its holder alone', async () => {
    const [of, foreign, by] = [await client(), await client(), await person()]
    const { refreshToken = '', session } = await exchange(of, await codeFor(by, of))
    const device = { userAgent: null, ip: null }
    for (const holder of [undefined, { id: foreign.id, tokens: 'account' }, { id: of.id, tokens: 'client' }] as const)
      expect(await core().sessions.rotate(refreshToken, device, { holder })).toMatchObject({ reason: 'foreign' })
    expect(await core().sessions.findByUnchanged(refreshToken, device)).toBeUndefined()
    const renewed = await core().sessions.rotate(refreshToken, device, { holder: { id: of.id, tokens: 'account' } })
    expect(renewed).toMatchObject({ kind: 'rotated', session: { id: session.id } })
    expect(
      await core().sessions.rotate(by.refreshToken, device, { holder: { id: of.id, tokens: 'account' } }),
    ).toMatchObject({
      reason: 'foreign',
    })
    expect(await core().sessions.rotate(by.refreshToken, device)).toMatchObject({ kind: 'rotated' })
  })

  it('what is over is cleaned up, and so are applications that nobody ever let in', async () => {
    const by = await person()
    const [used, unused] = [
      (await core().clients.add(facts, 'dynamic')).client,
      (await core().clients.add(facts, 'dynamic')).client,
    ]
    const manual = await client()
    await exchange(used, await codeFor(by, used))
    await ask(manual.id)
    rooms().clock.move(31 * 86_400)
    await cleanUp(core())
    const left = await Promise.all([used, unused, manual].map(({ id }) => core().clients.find(id)))
    const requests = await rooms().database.query(sql`select 1 as one from auth.oauth_requests`)
    rooms().clock.move(-31 * 86_400)
    expect(left.map((each) => each !== undefined)).toEqual([true, false, true])
    expect(requests).toEqual([])
  })
})
