import * as openid from 'openid-client'
import type { ConfigInput } from '#src/config/schema.ts'
import { adminApi, worked } from '../conformance/supabase/clients.ts'
import { startWorld, type World } from './world.ts'

/** A server that other applications let people sign in at. */
export function startProvider(config: ConfigInput = {}): Promise<World> {
  return startWorld({ config: { ...config, oauthServer: { enabled: true, ...config.oauthServer } } })
}

/** Where applications are answered in these tests. */
export const place = 'https://app.example.test/callback'

export type AuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post'

/** An application that is registered, and a standard client library set up for it. */
export interface Application {
  readonly id: string
  readonly secret: string | undefined
  readonly method: AuthMethod
  readonly config: openid.Configuration
}

/** Which face of the server an application speaks to. */
export type Face = 'supabase' | 'nhost'

const paths: Readonly<Record<Face, string>> = { supabase: '/auth/v1', nhost: '/nhost/v1' }

/** The server as applications reach it. */
export const faceUrl = (world: World, face: Face): string => world.config.settings.publicUrl + paths[face]

/** Made by an administrator. */
export async function anApplication(
  world: World,
  more: { method?: AuthMethod; redirectUris?: string[]; scope?: string; name?: string; face?: Face } = {},
): Promise<Application> {
  const { method = 'client_secret_basic', redirectUris = [place], name = 'Orders', face = 'supabase' } = more
  const client = worked(
    await adminApi(world).oauth.createClient({
      client_name: name,
      redirect_uris: redirectUris,
      token_endpoint_auth_method: method,
      ...(more.scope === undefined ? {} : { scope: more.scope }),
    }),
  )
  const config = await openid.discovery(
    new URL(faceUrl(world, face)),
    client.client_id,
    {},
    authOf(method, client.client_secret),
    { execute: [openid.allowInsecureRequests] },
  )
  return { id: client.client_id, secret: client.client_secret, method, config }
}

function authOf(method: AuthMethod, secret: string | undefined): openid.ClientAuth {
  if (method === 'none') return openid.None()
  return method === 'client_secret_post' ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret)
}

/** A request that waits for its person. */
export interface Pending {
  readonly handle: string
  readonly verifier: string
  readonly state: string
  readonly nonce: string
  readonly page: URL
}

/** The beginning of a sign-in at an application, up to the page that asks. */
export async function begin(app: Application, parameters: Readonly<Record<string, string>> = {}): Promise<Pending> {
  const verifier = openid.randomPKCECodeVerifier()
  const [state, nonce] = [openid.randomState(), openid.randomNonce()]
  const url = openid.buildAuthorizationUrl(app.config, {
    redirect_uri: place,
    scope: 'openid email profile',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...parameters,
  })
  const response = await fetch(url, { redirect: 'manual' })
  const page = new URL(response.headers.get('location') ?? `about:${response.status} ${await response.text()}`)
  const handle = page.searchParams.get('authorization_id') ?? page.searchParams.get('request_id')
  if (handle === null) throw new Error(`nobody was asked: ${page.href}`)
  return { handle, verifier, state, nonce, page }
}

/** The end of it: the answer is exchanged for tokens, with every check the library knows. */
export function finish(app: Application, pending: Pending, answer: string) {
  return openid.authorizationCodeGrant(app.config, new URL(answer), {
    pkceCodeVerifier: pending.verifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  })
}

/** A request to the token endpoint as nobody's library sends it. */
export function rawToken(
  world: World,
  app: Application,
  fields: Readonly<Record<string, string>>,
  face: Face = 'supabase',
): Promise<Response> {
  return fetch(`${faceUrl(world, face)}${face === 'supabase' ? '/oauth' : '/oauth2'}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...basicOf(app) },
    body: new URLSearchParams({ ...inBody(app), ...fields }),
  })
}

export function basicOf({ method, id, secret }: Application): Record<string, string> {
  if (method !== 'client_secret_basic') return {}
  return { authorization: `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret ?? '')}`).toString('base64')}` }
}

function inBody({ method, id, secret }: Application): Record<string, string> {
  if (method === 'client_secret_basic') return {}
  return { client_id: id, ...(secret === undefined ? {} : { client_secret: secret }) }
}

/** Somebody who is signed in with the client that answers for them. */
interface Answering {
  readonly client: {
    readonly oauth: {
      getAuthorizationDetails(handle: string): Promise<{ data: unknown; error: unknown }>
      approveAuthorization(
        handle: string,
        options: { skipBrowserRedirect: true },
      ): Promise<{ data: { redirect_url: string } | null; error: unknown }>
    }
  }
}

/** Looks at a request and says yes to it, if it is asked. @returns where the browser goes, with the code */
export async function allow({ client }: Answering, handle: string): Promise<string> {
  const details = worked(await client.oauth.getAuthorizationDetails(handle)) as { redirect_url?: string }
  if (details.redirect_url !== undefined) return details.redirect_url
  const { data, error } = await client.oauth.approveAuthorization(handle, { skipBrowserRedirect: true })
  if (data === null) throw error
  return data.redirect_url
}

/** A whole sign-in at an application, up to its tokens. */
export async function signInAt(app: Application, person: Answering, parameters: Readonly<Record<string, string>> = {}) {
  const pending = await begin(app, parameters)
  return finish(app, pending, await allow(person, pending.handle))
}
