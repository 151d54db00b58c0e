import { createHash } from 'node:crypto'
import type { ConfigInput } from '#src/config/schema.ts'
import { freePort } from '../set-up/free-port.ts'
import { type OpenIdServer, startOpenId } from './open-id.ts'
import { createTraveller, type Traveller } from './traveller.ts'
import { startWorld, type World } from './world.ts'

/** A server, and a real OpenID provider that it knows as Google. */
export interface SocialWorld extends World {
  readonly openId: OpenIdServer
  /** Where the server is reached by browsers. */
  readonly origin: string
  /** The place of an app that people return to. */
  readonly app: string
}

const app = 'https://app.example.test/back'

/** Settings under which a server may sign in at a provider on this machine. @param more `host`: the name it is public under */
export async function startSocial(
  given: ConfigInput | ((issuer: string) => ConfigInput) = {},
  { host = 'localhost', ...more }: { readonly database?: 'embedded' | 'postgres'; readonly host?: string } = {},
): Promise<SocialWorld> {
  const [port, providerPort] = [await freePort(), await freePort()]
  const origin = `http://${host}:${port}`
  const callbacks = [
    '/nhost/v1/signin/provider/google/callback',
    '/v1/callback/google',
    '/v1/callback/custom:acme',
    '/auth/v1/callback',
    '/v1/callback/keycloak',
    '/_auth/google/callback',
    '/_auth/apple/callback',
  ]
  const openId = await startOpenId(
    callbacks.map((path) => origin + path),
    providerPort,
  )
  const input = typeof given === 'function' ? given(openId.issuer) : given
  const google = { clientId: [openId.clientId, 'another-app'], clientSecret: openId.clientSecret, url: openId.issuer }
  const world = await startWorld({
    ...more,
    config: {
      port,
      publicUrl: origin,
      redirectUrls: ['https://app.example.test/**', 'http://127.0.0.1:*/**'],
      outbound: { allow: ['127.0.0.1'] },
      ...input,
      providers: { ...input.providers, google: { ...google, ...input.providers?.['google'] } },
    },
  })
  return {
    ...world,
    openId,
    origin,
    app,
    async close() {
      await world.close()
      await openId.close()
    },
  }
}

/** A verifier and its challenge. */
export function pkce(verifier = 'v'.repeat(43)): { readonly verifier: string; readonly challenge: string } {
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Begins a native sign-in with a provider. */
export function nativeStart(
  world: SocialWorld,
  query: Readonly<Record<string, string>> = {},
  provider = 'google',
): string {
  const { challenge } = pkce()
  const fields = new URLSearchParams({ codeChallenge: challenge, redirectTo: world.app, state: 'f3', ...query })
  return `${world.origin}/v1/sign-in/provider/${provider}?${fields}`
}

/** Signs somebody in with the native dialect, in a browser, and exchanges what comes back. */
export async function signInNatively(
  world: SocialWorld,
  person: NonNullable<OpenIdServer['person']>,
  browser: Traveller = createTraveller(),
): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly back: URL }> {
  world.openId.person = person
  const { url } = await browser.go(nativeStart(world), world.app)
  const answer = await exchange(world, url.searchParams.get('code') ?? '')
  return { ...answer, back: url }
}

/** POST /sessions/exchange */
export async function exchange(
  world: SocialWorld,
  code: string,
  token?: string,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${world.url}/v1/sessions/exchange`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ code, codeVerifier: pkce().verifier }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
