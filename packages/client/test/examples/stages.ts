// Data: what each example in the docstrings of this package needs around it, and what comes of it.
import { Hono } from 'hono'
import { expect } from 'vitest'
import type { Client, Tokens } from '../../src/index.ts'
import { aClient, anAddress, ok, password, startWorld, type World } from '../world.ts'
import { anIdToken, asked, codeTo, free, offered, type Place, places, protect } from './place.ts'
import { type Here, nobody, onServer, type Scene, type Stage, signedIn } from './stage.ts'
import type { Given } from './trial.ts'

/** An administrator with an account to look at. */
const chief = nobody

/** Longer ago than a proof counts as recent. */
const long = 1_000

/** Somebody whose proof of who they are is old by now, until the example has ended. */
const longAgo = {
  begin: ({ world }: Place) => world.clock.move(long),
  end: ({ world }: Place) => world.clock.move(-long),
}

/** A session of the same person, elsewhere. */
async function another({ email, world }: Here): Promise<{ readonly session: { id: string }; readonly tokens: Tokens }> {
  const answer = await fetch(`${world.url}/v1/sign-in/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  return (await answer.json()) as { session: { id: string }; tokens: Tokens }
}

/** Somebody who came with an account at a provider, and has no other way in. */
async function guestOfGoogle(here: Here, name: string) {
  const auth = here.client()
  const idToken = await anIdToken(here, name, 'n')
  await ok(auth.signInWithIdToken({ provider: 'google', idToken, nonce: 'n' }))
  return auth
}

/** Goes to a provider. @returns where that leads back to */
async function backFromGoogle({ auth, email, site, world }: Here): Promise<string> {
  const { url } = await ok(auth.signInWithProvider('google', { mode: 'url' }))
  const { openId } = world
  openId.person = { sub: email, email, email_verified: true }
  const back = await places.createTraveller().go(url, site)
  openId.person = undefined
  return back.url.href
}

/** An application that waits for somebody's word. */
async function waiting({ world }: Here) {
  const app = await places.anApplication(world)
  const pending = await places.begin(app)
  const location = { href: '', assign: (href: string) => Object.assign(location, { href }) }
  return { app, pending, id: pending.handle, location, clientId: app.id }
}

/** An application that was let in already. */
async function letIn(here: Here) {
  const held = await waiting(here)
  const { consent } = offered.createAccount(here.auth)
  await ok(consent.get(held.id))
  const { redirectTo } = await ok(consent.decide(held.id, { decision: 'approve' }))
  await places.finish(held.app, held.pending, redirectTo)
  return held
}

const cameBack = (_: Given, { given }: Scene) => {
  const { app, pending, location } = given as Awaited<ReturnType<typeof waiting>>
  return places.finish(app, pending, location.href)
}

async function anAccessKey({ auth }: Here) {
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const made = await ok(offered.createAccessKeys(auth).create({ name: 'Deploys', scopes: ['me:read'], expiresAt }))
  return { id: made.id, process: { env: { WATCHWORD_ACCESS_KEY: made.key } } }
}

const withKey = signedIn(anAccessKey)

/** A key of somebody, for whoever looks at the account of that person. */
const ownerOfKey = async (here: Here) => {
  await anAccessKey({ ...here, auth: await here.signedIn(here.email) })
  return {}
}

const ownerOfFactor = async ({ signedIn: open, email }: Here) => {
  await protect(await open(email))
  return {}
}

/** Somebody has begun to sign in by a code. */
const begunWith = (code: string) =>
  nobody(async ({ auth, email }) => {
    const { data } = await auth.signInWithCode({ email })
    if (data?.status !== 'pending') throw new Error('no code was sent')
    return { attempt: data.attempt, code }
  })
const begun = begunWith('')

const isIn = ({ auth }: Given) => expect((auth as Client).state.status).toBe('signed_in')
const isSignedIn = { after: (_: Given, { given }: Scene) => isIn(given) }

const closeOwn = (_: Given, { given }: Scene) => (given['world'] as World).close()

/** Storage as React Native has it. */
function asyncStore() {
  const held = new Map<string, string>()
  return {
    getItem: async (key: string) => held.get(key) ?? null,
    setItem: async (key: string, value: string) => void held.set(key, value),
    removeItem: async (key: string) => void held.delete(key),
  }
}

/** What a client is remembered by: another one with the same storage has somebody signed in too. */
const remembers = {
  async after(named: Given, { given }: Scene) {
    const client = (named['auth'] ?? named['robot']) as Client
    await ok(client.signInWithPassword({ email: given['email'] as string, password }))
    await client.ready
    isIn({ auth: client })
    client.dispose()
  },
}

const ofPerson = ({ email }: Here) => ({ email })
const fresh = () => ({ email: anAddress('new') })

/** An application, as an administrator knows it. */
const anOAuthClient = async ({ admin }: Here) => {
  const { client } = await ok(admin.oauthClients.create({ name: 'Orders', redirectUris: ['https://a.example.test/b'] }))
  return { id: client.id }
}

const theOrganisation = ({ organisation }: Here) => ({ id: organisation })

/** Takes whatever organisation uses the provider of acme.test away again. */
const noAcme = async ({ admin, acme }: Place) => {
  const { items } = await ok(admin.ssoProviders.list())
  for (const { id, entityId } of items) if (entityId === acme.entityId) await ok(admin.ssoProviders.delete(id))
}

const anApiKey = async ({ admin }: Here) => {
  const { id } = await ok(admin.apiKeys.create({ kind: 'secret', name: 'Robot' }))
  return { id }
}

/** A message that whoever should carry it would not take. */
const aFailure = async (here: Here) => {
  await mailed(here)
  const [message] = (await ok(here.admin.outbox.list({ limit: 1 }))).items
  const id = message?.id ?? ''
  await here.world.database.script(
    `update auth.outbox set state = 'failed', last_error = 'smtp_550' where id = '${id}'`,
  )
  return { id }
}

const mailed = async (here: Here) => {
  await ok(here.auth.signInWithCode({ email: here.email }))
  await here.world.inbox.waitFor(here.email)
  return {}
}

/** The people behind requests to a server of the example's. */
const theOwner = async (url: string, { given }: Scene) => {
  const answer = await fetch(`${url}/things`, { headers: { cookie: given['cookie'] as string } })
  expect(await answer.json()).toEqual({ owner: given['id'] })
  expect((await fetch(`${url}/things`)).status).toBe(401)
}

type Handler = Parameters<typeof asked>[0]
type Express = Handler & object
// Its types are those of Node.
const framework = 'express'
const express = async () => ((await import(/* @vite-ignore */ framework)) as { default(): Express }).default()

/** Who an answer says is asking. */
const says = async (answer: Promise<Response> | Response, { given }: Scene) =>
  expect(await (await answer).json()).toMatchObject({ user: given['id'] })

export const stages: Readonly<Record<string, Stage>> = {
  'ClientOptions.onElevationNeeded': nobody(
    () => ({
      showDialog: async (attempt: { answer(input: object): Promise<unknown> }) =>
        attempt.answer({ option: 'password', password }),
    }),
    {
      async after({ auth }, { given }, place) {
        const client = auth as Client
        await ok(client.signInWithPassword({ email: given['email'] as string, password }))
        longAgo.begin(place)
        await ok(client.me.setPassword({ password: 'eight calm herons' })).finally(() => longAgo.end(place))
        client.dispose()
      },
    },
  ),
  'Me.update': signedIn(),
  'Me.setPassword': signedIn(),
  'Me.removePassword': signedIn(),
  'Me.changeEmail': signedIn(),
  'Me.changePhone': signedIn((here) => ({ ask: () => codeTo(here, '+12025550100') })),
  'Me.removePhone': nobody(async ({ admin, id, email, signedIn: open }) => {
    await ok(admin.users.update(id, { phone: '+12025550101', phoneConfirmed: true }))
    return { auth: await open(email) }
  }),
  'Me.activity': signedIn(),
  'Me.delete': signedIn(longAgo.begin as () => undefined, {
    refused: 'reauthentication_needed',
    after: (_, __, place) => longAgo.end(place),
  }),
  'Sessions.list': signedIn(),
  'Sessions.current': signedIn(),
  'Sessions.revoke': signedIn(async (here) => ({ id: (await another(here)).session.id })),
  'Sessions.revokeOthers': signedIn(another),
  'Identities.list': signedIn(async ({ admin, id }) => {
    await ok(admin.users.attachIdentity(id, { provider: 'google', subject: crypto.randomUUID() }))
    return {}
  }),
  'Client.signUp': nobody((here) => free(here, 'new@example.test') as Promise<undefined>),
  'Client.signInAnonymously': nobody(undefined, isSignedIn),
  'Client.signInWithPassword': nobody(undefined, isSignedIn),
  'Client.signInWithCode': nobody(undefined, isSignedIn),
  'Client.signInWithIdToken': nobody(
    async (here) => ({ idToken: await anIdToken(here, 'native', 'a-nonce'), nonce: 'a-nonce' }),
    isSignedIn,
  ),
  'Client.resetPassword': nobody(),
  'Client.handleRedirect': nobody(async (here) => ({ link: await backFromGoogle(here) }), isSignedIn),
  'Client.onChange': signedIn(),
  'Client.getUser': signedIn(),
  'Client.getSession': signedIn(),
  'Client.getAccessToken': signedIn(),
  'Client.refresh': signedIn(),
  'Client.setSession': nobody(
    async (here) => ({ refreshToken: (await another(here)).tokens.refreshToken }),
    isSignedIn,
  ),
  'Client.elevate': signedIn(),
  'Client.signOut': signedIn(),
  'Client.fetch': signedIn(),
  'Client.getSettings': nobody(),
  'Client.dispose': signedIn(),
  createClient: nobody(async (here) => {
    await free(here, 'ada@example.test')
    await here.person({ email: 'ada@example.test' })
    return {}
  }),
  'AccessKeys.list': withKey,
  'AccessKeys.create': signedIn(),
  'AccessKeys.revoke': withKey,
  'AccessKeys.signIn': signedIn(async (here) => {
    const auth = here.client()
    return { ...(await anAccessKey(here)), auth, accessKeys: offered.createAccessKeys(auth) }
  }, isSignedIn),
  createAccessKeys: signedIn(),
  'Factors.list': signedIn(({ auth }) => protect(auth)),
  'Factors.add': signedIn(),
  'Factors.rename': signedIn(({ auth }) => protect(auth)),
  'Factors.remove': signedIn(({ auth }) => protect(auth)),
  'Factors.newRecoveryCodes': signedIn(({ auth }) => protect(auth)),
  'Links.linkIdToken': signedIn(async (here) => ({ idToken: await anIdToken(here, 'linked', '') })),
  'Links.unlink': nobody(
    async (here) => {
      const auth = await guestOfGoogle(here, 'only')
      const [identity] = await ok(auth.identities.list())
      return { account: offered.createAccount(auth), id: identity?.id }
    },
    { refused: 'single_identity_not_deletable' },
  ),
  'Consent.get': signedIn(
    async (here) => {
      const { app } = await letIn(here)
      const pending = await places.begin(app)
      return { ...(await waiting(here)), app, pending, id: pending.handle }
    },
    { after: cameBack },
  ),
  'Consent.decide': signedIn(
    async (here) => {
      const held = await waiting(here)
      await ok(offered.createAccount(here.auth).consent.get(held.id))
      return held
    },
    { after: cameBack },
  ),
  'Grants.list': signedIn(letIn),
  'Grants.revoke': signedIn(letIn),
  'Account.providerTokens.get': nobody(async (here) => {
    await ok(here.auth.handleRedirect(await backFromGoogle(here)))
    return { account: offered.createAccount(here.auth) }
  }),
  'Account.export': signedIn(),
  'Account.removeEmail': signedIn(async ({ admin, id }) => {
    await ok(admin.users.attachIdentity(id, { provider: 'google', subject: crypto.randomUUID() }))
    return {}
  }),
  createAccount: signedIn(),
  'AdminUsers.list': chief(async ({ admin, id }) => {
    await ok(admin.users.update(id, { roles: ['user', 'admin'] }))
    return {}
  }),
  'AdminUsers.get': chief(),
  'AdminUsers.create': chief(fresh),
  'AdminUsers.update': chief(),
  'AdminUsers.delete': chief(),
  'AdminUsers.import': chief(ofPerson),
  'AdminUsers.export': chief(),
  'AdminUsers.sessions': chief(),
  'AdminUsers.signOut': chief(),
  'AdminUsers.identities': chief(async ({ admin, id }) => {
    await ok(admin.users.attachIdentity(id, { provider: 'google', subject: crypto.randomUUID() }))
    return {}
  }),
  'AdminUsers.attachIdentity': chief(),
  'AdminUsers.removeIdentity': chief(async ({ admin, id }) => {
    await ok(admin.users.attachIdentity(id, { provider: 'google', subject: crypto.randomUUID() }))
    return {}
  }),
  'AdminUsers.factors': chief(ownerOfFactor),
  'AdminUsers.removeFactor': chief(ownerOfFactor),
  'AdminUsers.impersonate': chief(),
  'AdminUsers.accessKeys': chief(ownerOfKey),
  'AdminUsers.revokeAccessKey': chief(ownerOfKey),
  'AdminUsers.createLink': chief(),
  'AdminUsers.unlock': chief(),
  'Admin.invites.list': chief(async ({ admin }) => ok(admin.invites.create({ email: anAddress('guest') }))),
  'Admin.invites.create': chief(fresh),
  'Admin.invites.revoke': chief(async ({ admin }) => {
    const { id } = await ok(admin.invites.create({ email: anAddress('guest') }))
    return { id }
  }),
  'Admin.audit.list': signedIn(),
  'Admin.signingKeys.list': chief(),
  'Admin.signingKeys.rotate': chief(),
  'Admin.signingKeys.revoke': chief(
    async () => {
      const world = await startWorld()
      const admin = offered.createAdmin(world)
      const { signsFrom } = await ok(admin.signingKeys.rotate())
      world.clock.move((Date.parse(signsFrom) - Date.now()) / 1000 + 60)
      return { world, admin }
    },
    { after: closeOwn },
  ),
  'Admin.apiKeys.list': chief(anApiKey),
  'Admin.apiKeys.create': chief(),
  'Admin.apiKeys.revoke': chief(anApiKey),
  'Admin.outbox.list': chief(aFailure),
  'Admin.outbox.retry': chief(aFailure),
  'Admin.outbox.drop': chief(aFailure),
  'Admin.redirects.list': chief(),
  'Admin.redirects.test': chief(),
  'Admin.settings.list': chief(),
  'Admin.templates.list': chief(),
  'Admin.templates.preview': chief(),
  'Admin.limits': chief(
    async ({ email }) => {
      const world = await startWorld({ config: { limits: { enabled: true } } })
      const admin = offered.createAdmin(world)
      const { id } = await ok(admin.users.create({ email, password, emailConfirmed: true }))
      await aClient(world).signInWithPassword({ email, password: 'not this one' })
      return { world, admin, id }
    },
    { after: closeOwn },
  ),
  'Admin.stats': chief(),
  'Admin.inbox.list': chief(mailed),
  'Admin.inbox.waitFor': chief(mailed),
  'Admin.inbox.clear': chief(mailed),
  createAdmin: chief((here) => free(here, 'new@example.test') as Promise<undefined>),
  'AdminProviders.list': chief(),
  'AdminProviders.get': chief(),
  'AdminProviders.put': chief(() => ({ clientId: 'ours', clientSecret: 'theirs' }), {
    after: async (_, __, { admin }) => ok(admin.providers.delete('google')),
  }),
  'AdminProviders.delete': chief(async ({ admin }) => {
    await ok(admin.providers.put('google', { clientId: 'ours', clientSecret: 'theirs' }))
    return {}
  }),
  'AdminSsoProviders.list': chief(theOrganisation),
  'AdminSsoProviders.get': chief(theOrganisation),
  'AdminSsoProviders.create': chief(undefined, { after: (_, __, place) => noAcme(place) }),
  'AdminSsoProviders.update': chief(theOrganisation, {
    after: (_, __, { admin, organisation }) => ok(admin.ssoProviders.update(organisation, { enabled: true })),
  }),
  'AdminSsoProviders.delete': chief(async ({ admin, acme }) => {
    const { id } = await ok(admin.ssoProviders.create({ type: 'saml', metadataUrl: acme.metadataUrl }))
    return { id }
  }),
  'AdminOAuthClients.list': chief(anOAuthClient),
  'AdminOAuthClients.get': chief(anOAuthClient),
  'AdminOAuthClients.create': chief(),
  'AdminOAuthClients.update': chief(anOAuthClient),
  'AdminOAuthClients.delete': chief(anOAuthClient),
  'AdminOAuthClients.newSecret': chief(anOAuthClient),
  List: chief(),
  'List.all': chief(),
  Attempt: nobody(undefined, isSignedIn),
  'Attempt.answer': { ...begunWith('000000'), refused: 'otp_expired' },
  'Attempt.choose': nobody(async (here) => {
    const phone = '+12025550102'
    const owner = await here.signedIn(here.email)
    const { data: setUp } = await offered.createAccount(owner).factors.add({ type: 'phone', phone })
    if (setUp?.status === 'pending') await ok(setUp.attempt.answer({ code: await codeTo(here, phone) }))
    const { data } = await here.auth.signInWithPassword({ email: here.email, password })
    return { attempt: data?.status === 'pending' ? data.attempt : null }
  }),
  'Attempt.resend': begun,
  'Attempt.status': begun,
  'Attempt.cancel': begun,
  AuthError: nobody(undefined, { refused: 'invalid_credentials' }),
  isAuthError: signedIn(longAgo.begin as () => undefined, { after: (_, __, place) => longAgo.end(place) }),
  unwrap: signedIn(),
  'UserEvents.onUserEvent': signedIn(undefined, {
    async after({ stop }, { given }, place, trial) {
      // Until the connection stands, nothing is heard of what others do.
      const elsewhere = async () => {
        await place.signedIn(given['email'] as string)
        return trial.verdict().missed
      }
      await expect.poll(elsewhere, { timeout: 10_000 }).toEqual([])
      ;(stop as () => void)()
    },
  }),
  createUserEvents: signedIn(),
  'Sso.find': nobody(),
  createSso: nobody(),
  createPopup: nobody(),
  'Wallets.signIn': nobody(
    () => {
      const { request } = places.ethereumWallet()
      const refuse = async (call: { method: string }) => {
        if (call.method === 'personal_sign') throw { code: 4001, message: 'User rejected the request.' }
        return request(call)
      }
      return { window: { ethereum: { request: refuse } } }
    },
    { refused: 'wallet_cancelled' },
  ),
  'Wallets.link': signedIn(() => ({ window: { solana: places.solanaWallet() } })),
  'Wallets.answer': nobody(async ({ client }) => {
    const auth = client()
    const wallets = offered.createWallets(auth)
    const wallet = await offered.solanaWallet(places.solanaWallet())
    await ok(wallets.signIn(wallet))
    return { auth, wallets, wallet }
  }),
  createWallets: nobody(),
  ethereumWallet: nobody(() => ({ window: { ethereum: places.ethereumWallet() } }), isSignedIn),
  solanaWallet: nobody(() => ({ window: { solana: places.solanaWallet() } }), isSignedIn),
  memoryStorage: nobody(undefined, remembers),
  asyncStorage: nobody(() => ({ AsyncStorage: asyncStore() }), remembers),
  expressGuard: onServer(async () => ({ app: await express() }), {
    after: (_, scene) => asked(scene.given['app'] as Handler, (url) => theOwner(url, scene)),
  }),
  honoGuard: onServer(() => ({ app: new Hono() }), {
    async after(_, { given }) {
      const app = given['app'] as Hono
      const answer = await app.request('/things', { headers: { cookie: given['cookie'] as string } })
      expect(await answer.json()).toEqual({ owner: given['id'] })
      expect((await app.request('/things')).status).toBe(401)
    },
  }),
  guarded: onServer(undefined, {
    async after({ handle }, { given }) {
      const answer = await (handle as (request: unknown) => Promise<Response>)(given['request'])
      expect(await answer.json()).toEqual({ owner: given['id'] })
    },
  }),
  'RequestCookies.respond': onServer(),
  'RequestCookies.forward': onServer(),
  requestCookies: onServer(),
  expressCookies: onServer(async () => ({ app: await express() }), {
    after: (_, scene) =>
      asked(scene.given['app'] as Handler, async (url) =>
        says(fetch(url, { headers: { cookie: scene.given['cookie'] as string } }), scene),
      ),
  }),
  honoCookies: onServer(() => ({ app: new Hono() }), {
    after: (_, scene) =>
      says((scene.given['app'] as Hono).request('/', { headers: { cookie: scene.given['cookie'] as string } }), scene),
  }),
  nextCookies: onServer(
    ({ cookie }) => {
      const held = new Map(cookie.split('; ').map((pair) => pair.split('=', 2) as [string, string]))
      const store = {
        get: (name: string) => (held.has(name) ? { value: decodeURIComponent(held.get(name) ?? '') } : undefined),
        set: (name: string, value: string) => held.set(name, encodeURIComponent(value)),
      }
      return { cookies: async () => store }
    },
    { after: ({ data }, { given }) => expect(data).toMatchObject({ user: { id: given['id'] } }) },
  ),
  svelteCookies: onServer(undefined, {
    async after({ load }, { given }) {
      const event = {
        setHeaders() {},
        cookies: {
          get: (name: string) => new RegExp(`${name}=([^;]*)`).exec(given['cookie'] as string)?.[1],
          set() {},
        },
      }
      const found = await (load as (given: object) => Promise<object>)(event)
      expect(found).toMatchObject({ user: { id: given['id'] } })
    },
  }),
  'ServerClient.unverifiedSession': onServer(({ site }) => ({ cookies: offered.requestCookies(new Request(site)) })),
  'ServerAuth.verifyToken': onServer(async (here) => ({ token: (await another(here)).tokens.accessToken })),
  'ServerAuth.authenticate': onServer(async ({ email, signedIn: open, site }) => {
    const auth = await open(email)
    await protect(auth)
    const { data } = await auth.getAccessToken()
    return { request: new Request(site, { headers: { authorization: `Bearer ${data}` } }) }
  }),
  'ServerAuth.client': onServer(),
  createServerAuth: onServer(),
  createServerClient: onServer(undefined, {
    after: ({ data }, { given }) => expect(data).toMatchObject({ user: { id: given['id'] } }),
  }),
}
