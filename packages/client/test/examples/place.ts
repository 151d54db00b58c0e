import { createServer } from 'node:http'
import { Secret, TOTP } from 'otpauth'
import { expect } from 'vitest'
import * as accessKeys from '../../src/access-keys/index.ts'
import * as account from '../../src/account/index.ts'
import * as admin from '../../src/admin/index.ts'
import * as events from '../../src/events/index.ts'
import * as core from '../../src/index.ts'
import * as passkeys from '../../src/passkeys/index.ts'
import * as popup from '../../src/popup/index.ts'
import * as server from '../../src/server/index.ts'
import * as sso from '../../src/sso/index.ts'
import * as wallets from '../../src/wallets/index.ts'
import { aClient, anAddress, ok, password, type World } from '../world.ts'

/** Everything that an example may call without having made it. */
export const offered = {
  ...{ ...core, ...accessKeys, ...account, ...admin, ...events },
  ...{ ...passkeys, ...popup, ...server, ...sso, ...wallets },
}

interface Database {
  readonly database: { script(text: string): Promise<void> }
}
interface SocialWorld extends World, Database {
  readonly origin: string
  readonly openId: {
    readonly issuer: string
    readonly clientId: string
    readonly clientSecret: string
    person: { sub: string; [claim: string]: unknown } | undefined
  }
}
interface Idp {
  readonly entityId: string
  readonly metadataUrl: string
  trust(metadata: string): void
  close(): Promise<void>
}
interface Traveller {
  go(url: string, end: string): Promise<{ url: URL }>
}
interface Application {
  readonly id: string
}
interface Places {
  startSocial(config: object): Promise<SocialWorld>
  startSamlIdp(): Promise<Idp>
  createTraveller(): Traveller
  anApplication(world: World): Promise<Application>
  begin(app: Application): Promise<{ handle: string }>
  finish(app: Application, pending: object, answer: string): Promise<unknown>
  ethereumWallet(): wallets.EthereumProvider
  solanaWallet(): wallets.SolanaProvider
  freePort(): Promise<number>
}

// The server is typed for Node and this package for browsers: they meet at run time.
const room = '../../../server/test'
const rooms = [
  ...['world/social', 'world/saml-idp', 'world/traveller', 'world/applications', 'world/wallet'],
  'set-up/free-port',
]
const found = await Promise.all(rooms.map((name) => import(/* @vite-ignore */ `${room}/${name}.ts`)))
export const places = Object.assign({}, ...found) as Places

/** A server that knows every way in, and what stands around it. */
export interface Place {
  readonly world: SocialWorld
  readonly admin: admin.Admin
  readonly idp: Idp
  /** The organisation acme.com, whose identity provider that is. */
  readonly organisation: string
  /** An organisation that nobody knows yet. */
  readonly acme: Idp
  /** Where the app is. */
  readonly site: string
  /** Somebody with a proved address and a password. */
  person(more?: object): Promise<{ readonly email: string; readonly id: string }>
  client(): core.Client
  /** A client in which somebody is signed in. */
  signedIn(email: string): Promise<core.Client>
  close(): Promise<void>
}

/** Starts it. The app's port is free until something is served there. */
export async function startPlace(): Promise<Place & { readonly port: number }> {
  const port = await places.freePort()
  const site = `http://localhost:${port}`
  const world = await places.startSocial({
    siteUrl: site,
    redirectUrls: ['https://app.example.test/**', `${site}/**`],
    signUp: { anonymous: true },
    wallets: { ethereum: true, solana: true },
    oauthServer: { enabled: true },
    providers: { google: { keepTokens: true }, github: { enabled: true } },
    outbound: { allow: ['127.0.0.1'] },
  })
  const [idp, acme] = await Promise.all([places.startSamlIdp(), places.startSamlIdp()])
  const chief = admin.createAdmin({ url: world.origin, secretKey: world.secretKey })
  const about = { type: 'saml' as const, metadataUrl: idp.metadataUrl, domains: ['acme.com'] }
  const { id: organisation } = await ok(chief.ssoProviders.create(about))
  idp.trust(await (await fetch(`${world.url}/v1/saml/metadata`)).text())
  const client = () => aClient({ ...world, url: world.origin }, { redirectTo: site })
  return {
    ...{ world, idp, acme, organisation, site, port, client, admin: chief },
    async person(more = {}) {
      const { email, id } = await ok(
        chief.users.create({ email: anAddress(), password, emailConfirmed: true, displayName: 'Ada', ...more }),
      )
      return { email: email ?? '', id }
    },
    async signedIn(email) {
      const auth = client()
      await ok(auth.signInWithPassword({ email, password }))
      return auth
    },
    async close() {
      await idp.close()
      await acme.close()
      await world.close()
    },
  }
}

/** The code that came to somebody; other mail that has none may come in between. */
export async function codeTo({ admin }: Pick<Place, 'admin'>, to: string): Promise<string> {
  const code = async () => (await ok(admin.inbox.list({ to }))).items.find((message) => message.code !== null)?.code
  await expect.poll(code, { timeout: 10_000 }).toBeTruthy()
  return (await code()) ?? ''
}

/** Takes an address that examples use off whoever has it. */
export async function free({ admin }: Place, email: string): Promise<void> {
  const { items } = await ok(admin.users.list({ email }))
  for (const { id } of items) await ok(admin.users.delete(id))
}

/** Lets an app with codes protect an account. @returns its id, and the code it shows */
export async function protect(auth: core.Client): Promise<{ readonly id: string; code(): string }> {
  const rooms = account.createAccount(auth)
  const begun = await ok(rooms.factors.add({ type: 'totp', name: 'Phone' }))
  if (begun.status !== 'pending' || begun.attempt.step.type !== 'totp_setup') throw new Error('no set-up came')
  const totp = new TOTP({ secret: Secret.fromBase32(begun.attempt.step.secret ?? '') })
  await ok(begun.attempt.answer({ code: totp.generate() }))
  const [factor] = await ok(rooms.factors.list())
  // The next one: each is taken once.
  return { id: factor?.id ?? '', code: () => totp.generate({ timestamp: Date.now() + 30_000 }) }
}

/** An ID token as a native dialogue of the provider hands it out. */
export async function anIdToken({ world }: Place, sub: string, nonce: string): Promise<string> {
  const { issuer, clientId, clientSecret } = world.openId
  const redirectTo = `${world.origin}/v1/callback/google`
  const verifier = 'v'.repeat(43)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
  const challenge = btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  const asked = new URLSearchParams({
    ...{ client_id: clientId, redirect_uri: redirectTo, response_type: 'code', scope: 'openid email', nonce },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  })
  world.openId.person = { sub, email: `${sub}@example.test`, email_verified: true }
  const { url } = await places.createTraveller().go(`${issuer}/auth?${asked}`, redirectTo)
  world.openId.person = undefined
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ client_id: clientId, client_secret: clientSecret, grant_type: 'authorization_code' },
      ...{ code: url.searchParams.get('code') ?? '', redirect_uri: redirectTo, code_verifier: verifier },
    }),
  })
  return ((await answer.json()) as { id_token: string }).id_token
}

/** Serves what speaks `node:http` for as long as it is asked something. */
export async function asked<T>(app: Parameters<typeof createServer>[1], ask: (url: string) => Promise<T>): Promise<T> {
  const listening = createServer(app)
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    return await ask(`http://127.0.0.1:${address.port}`)
  } finally {
    listening.closeAllConnections()
    listening.close()
  }
}
