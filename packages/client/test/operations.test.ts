import { describe, expect, it } from 'vitest'
import { createAccessKeys } from '../src/access-keys/index.ts'
import { createAccount } from '../src/account/index.ts'
import { createAdmin } from '../src/admin/index.ts'
import { createUserEvents } from '../src/events/index.ts'
import { createPasskeys } from '../src/passkeys/index.ts'
import type { SessionStorage } from '../src/session/session-storage.ts'
import { createSso } from '../src/sso/index.ts'
import { createWallets } from '../src/wallets/index.ts'
import { aClient, anAddress, aPerson, aWorld, ok, password } from './world.ts'

const world = aWorld()

const id = '0199a3c4-0000-7000-8000-000000000000'
const email = 'ada@example.test'
const expiresAt = '2030-01-01T00:00:00.000Z'
const redirectTo = 'https://app.example.test/'
const wallet = { chain: 'ethereum', address: `0x${'0'.repeat(40)}`, sign: async () => '' } as const

/** A method of the SDK for each operation of the native API. */
const methods: Readonly<Record<string, (sdk: Sdk) => unknown>> = {
  'POST /sign-up/password': ({ auth }) => auth.signUp({ email, password }),
  'POST /sign-up/passkey': ({ passkeys }) => passkeys.signUp({ email }),
  'POST /sign-up/anonymous': ({ auth }) => auth.signInAnonymously(),
  'POST /sign-in/password': ({ auth }) => auth.signInWithPassword({ email, password }),
  'POST /sign-in/code': ({ auth }) => auth.signInWithCode({ email }),
  'POST /sign-in/passkey': ({ passkeys }) => passkeys.signIn(),
  'GET /sign-in/provider/{provider}': ({ auth }) => auth.signInWithProvider('google', { mode: 'url', redirectTo }),
  'POST /sign-in/id-token': ({ auth }) => auth.signInWithIdToken({ provider: 'google', idToken: 'a.b.c' }),
  'POST /sign-in/wallet': ({ wallets }) => wallets.signIn(wallet),
  'POST /sign-in/access-key': ({ accessKeys }) => accessKeys.signIn('wwk_'),
  'POST /recovery': ({ auth }) => auth.resetPassword({ email }),
  'GET /sso': ({ sso }) => sso.find('example.test'),
  'GET /sign-in/sso': ({ sso }) => sso.signIn({ domain: 'example.test' }, { mode: 'url', redirectTo }),
  'POST /attempts/challenge': ({ attempt }) => attempt.resend(),
  'POST /attempts/answer': ({ attempt }) => attempt.answer({ code: '000000' }),
  'POST /attempts/status': ({ attempt }) => attempt.status(),
  'POST /attempts/cancel': ({ attempt }) => attempt.cancel(),
  'POST /sessions/exchange': ({ auth }) => auth.handleRedirect(`${redirectTo}?code=${id}`),
  'POST /sessions/refresh': ({ auth }) => auth.setSession({ refreshToken: 'one of another app' }),
  'POST /sign-out': ({ auth }) => auth.signOut(),
  'GET /me': ({ auth }) => auth.getUser({ fresh: true }),
  'PATCH /me': ({ auth }) => auth.me.update({ displayName: 'Ada' }),
  'DELETE /me': ({ auth }) => auth.me.delete(),
  'GET /me/activity': ({ auth }) => auth.me.activity(),
  'GET /me/export': ({ account }) => account.export(),
  'GET /oauth/requests/{id}': ({ account }) => account.consent.get(id),
  'POST /oauth/requests/{id}': ({ account }) => account.consent.decide(id, { decision: 'deny' }),
  'GET /me/events': ({ events }) => events.onUserEvent(() => {}),
  'GET /me/sessions': ({ auth }) => auth.sessions.list(),
  'GET /me/sessions/current': ({ auth }) => auth.sessions.current(),
  'DELETE /me/sessions/{id}': ({ auth }) => auth.sessions.revoke(id),
  'GET /me/grants': ({ account }) => account.grants.list(),
  'DELETE /me/grants/{clientId}': ({ account }) => account.grants.revoke(id),
  'POST /me/elevation': ({ auth }) => auth.elevate(),
  'PUT /me/password': ({ auth }) => auth.me.setPassword({ password }),
  'DELETE /me/password': ({ auth }) => auth.me.removePassword(),
  'POST /me/email': ({ auth }) => auth.me.changeEmail({ email }),
  'DELETE /me/email': ({ account }) => account.removeEmail(),
  'POST /me/phone': ({ auth }) => auth.me.changePhone({ phone: '+12025550100' }),
  'DELETE /me/phone': ({ auth }) => auth.me.removePhone(),
  'GET /me/factors': ({ account }) => account.factors.list(),
  'POST /me/factors': ({ account }) => account.factors.add({ type: 'totp' }),
  'PATCH /me/factors/{id}': ({ account }) => account.factors.rename(id, 'Phone'),
  'DELETE /me/factors/{id}': ({ account }) => account.factors.remove(id),
  'POST /me/recovery-codes': ({ account }) => account.factors.newRecoveryCodes(),
  'GET /me/identities': ({ auth }) => auth.identities.list(),
  'POST /me/identities': ({ account }) => account.identities.link('github', { mode: 'url', redirectTo }),
  'DELETE /me/identities/{id}': ({ account }) => account.identities.unlink(id),
  'GET /me/provider-tokens/{provider}': ({ account }) => account.providerTokens.get('github'),
  'GET /me/access-keys': ({ accessKeys }) => accessKeys.list(),
  'POST /me/access-keys': ({ accessKeys }) => accessKeys.create({ name: 'Deploys', scopes: ['me:read'], expiresAt }),
  'DELETE /me/access-keys/{id}': ({ accessKeys }) => accessKeys.revoke(id),
  'GET /settings': ({ auth }) => auth.getSettings(),
  'GET /admin/users': ({ admin }) => admin.users.list(),
  'POST /admin/users': ({ admin }) => admin.users.create({ email }),
  'POST /admin/users/import': ({ admin }) => admin.users.import({ users: [{ email }] }),
  'GET /admin/users/export': ({ admin }) => admin.users.export(),
  'GET /admin/users/{id}': ({ admin }) => admin.users.get(id),
  'PATCH /admin/users/{id}': ({ admin }) => admin.users.update(id, { displayName: 'Ada' }),
  'DELETE /admin/users/{id}': ({ admin }) => admin.users.delete(id),
  'GET /admin/users/{id}/sessions': ({ admin }) => admin.users.sessions(id),
  'DELETE /admin/users/{id}/sessions': ({ admin }) => admin.users.signOut(id),
  'DELETE /admin/users/{id}/sessions/{sessionId}': ({ admin }) => admin.users.signOut(id, id),
  'GET /admin/users/{id}/identities': ({ admin }) => admin.users.identities(id),
  'POST /admin/users/{id}/identities': ({ admin }) =>
    admin.users.attachIdentity(id, { provider: 'github', subject: '1' }),
  'DELETE /admin/users/{id}/identities/{identityId}': ({ admin }) => admin.users.removeIdentity(id, id),
  'GET /admin/users/{id}/factors': ({ admin }) => admin.users.factors(id),
  'DELETE /admin/users/{id}/factors': ({ admin }) => admin.users.removeFactor(id, 'lost'),
  'DELETE /admin/users/{id}/factors/{factorId}': ({ admin }) => admin.users.removeFactor(id, 'lost', id),
  'GET /admin/users/{id}/access-keys': ({ admin }) => admin.users.accessKeys(id),
  'DELETE /admin/users/{id}/access-keys/{keyId}': ({ admin }) => admin.users.revokeAccessKey(id, id, 'lost'),
  'POST /admin/users/{id}/links': ({ admin }) => admin.users.createLink(id, { purpose: 'sign_in' }),
  'POST /admin/users/{id}/impersonation': ({ admin }) => admin.users.impersonate(id, { reason: 'a ticket' }),
  'DELETE /admin/users/{id}/lock': ({ admin }) => admin.users.unlock(id),
  'GET /admin/providers': ({ admin }) => admin.providers.list(),
  'GET /admin/providers/{provider}': ({ admin }) => admin.providers.get('google'),
  'PUT /admin/providers/{provider}': ({ admin }) => admin.providers.put('google', {}),
  'DELETE /admin/providers/{provider}': ({ admin }) => admin.providers.delete('google'),
  'GET /admin/sso-providers': ({ admin }) => admin.ssoProviders.list(),
  'POST /admin/sso-providers': ({ admin }) => admin.ssoProviders.create({ type: 'saml', domains: ['example.test'] }),
  'GET /admin/sso-providers/{id}': ({ admin }) => admin.ssoProviders.get(id),
  'PATCH /admin/sso-providers/{id}': ({ admin }) => admin.ssoProviders.update(id, {}),
  'DELETE /admin/sso-providers/{id}': ({ admin }) => admin.ssoProviders.delete(id),
  'GET /admin/oauth-clients': ({ admin }) => admin.oauthClients.list(),
  'POST /admin/oauth-clients': ({ admin }) => admin.oauthClients.create({ name: 'App', redirectUris: [redirectTo] }),
  'GET /admin/oauth-clients/{id}': ({ admin }) => admin.oauthClients.get(id),
  'PATCH /admin/oauth-clients/{id}': ({ admin }) => admin.oauthClients.update(id, {}),
  'DELETE /admin/oauth-clients/{id}': ({ admin }) => admin.oauthClients.delete(id),
  'POST /admin/oauth-clients/{id}/secret': ({ admin }) => admin.oauthClients.newSecret(id),
  'GET /admin/invites': ({ admin }) => admin.invites.list(),
  'POST /admin/invites': ({ admin }) => admin.invites.create({ email }),
  'DELETE /admin/invites/{id}': ({ admin }) => admin.invites.revoke(id),
  'GET /admin/audit': ({ admin }) => admin.audit.list(),
  'GET /admin/signing-keys': ({ admin }) => admin.signingKeys.list(),
  'POST /admin/signing-keys': ({ admin }) => admin.signingKeys.rotate(),
  'DELETE /admin/signing-keys/{kid}': ({ admin }) => admin.signingKeys.revoke('one'),
  'GET /admin/api-keys': ({ admin }) => admin.apiKeys.list(),
  'POST /admin/api-keys': ({ admin }) => admin.apiKeys.create({ kind: 'secret', name: 'Robot' }),
  'DELETE /admin/api-keys/{id}': ({ admin }) => admin.apiKeys.revoke(id),
  'GET /admin/outbox': ({ admin }) => admin.outbox.list(),
  'POST /admin/outbox/{id}/retry': ({ admin }) => admin.outbox.retry(id),
  'DELETE /admin/outbox/{id}': ({ admin }) => admin.outbox.drop(id),
  'GET /admin/settings': ({ admin }) => admin.settings.list(),
  'GET /admin/redirects': ({ admin }) => admin.redirects.list(),
  'GET /admin/templates': ({ admin }) => admin.templates.list(),
  'POST /admin/templates/preview': ({ admin }) => admin.templates.preview({ template: 'sign_in' }),
  'GET /admin/limits': ({ admin }) => admin.limits({ network: '192.0.2.1' }),
  'POST /admin/redirects/test': ({ admin }) => admin.redirects.test(redirectTo),
  'GET /admin/stats': ({ admin }) => admin.stats(),
  'GET /dev/inbox': ({ admin }) => admin.inbox.list(),
  'DELETE /dev/inbox': ({ admin }) => admin.inbox.clear(),
}

/** Operations that no method calls. */
const noMethods: Readonly<Record<string, string>> = {
  'GET /callback/{provider}': 'a provider leads browsers here',
  'POST /callback/{provider}': 'a provider leads browsers here',
  'POST /callback/saml': 'an organisation leads browsers here',
  'GET /callback/saml': 'an organisation leads browsers here',
  'GET /saml/metadata': 'organisations read it',
  'GET /links': 'the address in a mail',
  'POST /links': 'the button of that page',
  'GET /captcha': 'a page that is shown in a frame',
  'GET /docs': 'a page for people',
  'GET /openapi.json': 'for tools; the types of this package are made from it',
}

/** Everything the package offers, on a network that only writes down where it is asked to go. */
async function anSdk(stored: ReadonlyMap<string, string>) {
  const { url, secretKey } = world()
  const seen: string[] = []
  const note = (method: string, address: string) => seen.push(`${method} ${new URL(address).pathname}`)
  const away = { code: 'unavailable', message: 'Not now.', requestId: null, details: {}, retryAfter: null }
  const network: typeof fetch = async (input, init) => {
    note(init?.method ?? 'GET', String(input))
    return Response.json(away, { status: 503 })
  }
  const auth = aClient(world(), { storage: storageIn(new Map(stored)) }, { fetch: network })
  await auth.ready
  const { attempt } = auth
  if (attempt === null) throw new Error('nothing is begun')
  const admin = createAdmin({ url, secretKey, fetch: network })
  const rooms = {
    account: createAccount(auth),
    passkeys: createPasskeys(auth),
    wallets: createWallets(auth),
    accessKeys: createAccessKeys(auth),
    events: createUserEvents(auth),
    sso: createSso(auth),
  }
  return { auth, admin, ...rooms, attempt, seen, note }
}

type Sdk = Awaited<ReturnType<typeof anSdk>>

const storageIn = (held: Map<string, string>): SessionStorage => ({
  get: (key) => held.get(key) ?? null,
  set: (key, value) => void held.set(key, value),
  remove: (key) => void held.delete(key),
})

/** What a client remembers where somebody is signed in and something is begun. */
async function signedIn(): Promise<Map<string, string>> {
  const stored = new Map<string, string>()
  const auth = aClient(world(), { storage: storageIn(stored) })
  await ok(auth.signInWithPassword({ email: await aPerson(world()), password }))
  await ok(auth.resetPassword({ email: anAddress() }))
  auth.dispose()
  return stored
}

/** Operations of the OpenAPI document, without the place where the API is mounted. */
async function operations(): Promise<string[]> {
  const response = await fetch(`${world().url}/v1/openapi.json`)
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> }
  return Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replace(/^\/v1(?=\/)/, '')}`),
  )
}

describe('the SDK', () => {
  it('says everything that the native API can', async () => {
    const all = await operations()
    expect(all.length).toBeGreaterThan(100)
    const said = [...Object.keys(methods), ...Object.keys(noMethods)]
    expect(all.filter((one) => !said.includes(one))).toEqual([])
    expect(said.filter((one) => !all.includes(one))).toEqual([])
  })

  it('calls each operation by the method that is said to', async () => {
    const stored = await signedIn()
    const wrong: string[] = []
    for (const [operation, call] of Object.entries(methods)) {
      const sdk = await anSdk(stored)
      const answer = (await Promise.resolve(call(sdk)).catch(() => null)) as { data?: { url?: unknown } | null } | null
      if (typeof answer?.data?.url === 'string') sdk.note('GET', answer.data.url)
      const [method, path = ''] = operation.split(' ')
      const asked = new RegExp(`^${method} /v1${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
      await expect.poll(() => sdk.seen.length).toBeGreaterThan(0)
      if (!sdk.seen.some((one) => asked.test(one))) wrong.push(`${operation}: ${sdk.seen.join(', ')}`)
      sdk.auth.dispose()
    }
    expect(wrong).toEqual([])
  })
})
