import type { ConfigInput } from '#src/config/schema.ts'
import { freePort } from '../set-up/free-port.ts'
import { type SamlIdp, startSamlIdp } from './saml-idp.ts'
import { startWorld, type World } from './world.ts'

/** A server, and an organisation's identity provider beside it. */
export interface SsoWorld extends World {
  readonly idp: SamlIdp
  /** Where the server is reached by browsers. */
  readonly origin: string
  /** The place of an app that people return to. */
  readonly app: string
  /** Asks the administrator's routes of the Supabase dialect. */
  admin(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Answer }>
}

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asserts.
type Answer = any

/** Starts both. Neither knows the other yet. */
export async function startSso(
  config: ConfigInput = {},
  more: Parameters<typeof startSamlIdp>[0] & { readonly database?: 'embedded' | 'postgres' } = {},
): Promise<SsoWorld> {
  const { database, ...about } = more
  const port = await freePort()
  const idp = await startSamlIdp(about)
  const world = await startWorld({
    ...(database === undefined ? {} : { database }),
    config: {
      port,
      redirectUrls: ['https://app.example.test/**', 'http://127.0.0.1:*/**'],
      outbound: { allow: ['127.0.0.1'] },
      ...config,
    },
  })
  return {
    ...world,
    idp,
    origin: `http://localhost:${port}`,
    app: 'https://app.example.test/back',
    async admin(method, path, body) {
      const response = await fetch(`${world.url}/auth/v1/admin${path}`, {
        method,
        headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    },
    async close() {
      await world.close()
      await idp.close()
    },
  }
}

/** Makes the two known to each other. Answers the id of the provider. */
export async function introduce(world: SsoWorld, more: object = {}): Promise<string> {
  const { status, body } = await world.admin('POST', '/sso/providers', {
    type: 'saml',
    metadata_xml: world.idp.metadata,
    domains: ['acme.test'],
    ...more,
  })
  if (status !== 201) throw new Error(`the provider was not taken: ${JSON.stringify(body)}`)
  world.idp.trust(await (await fetch(`${world.url}/auth/v1/sso/saml/metadata`)).text())
  return body.id
}

/** Posts a form as a page of another site does. */
export function post(action: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(action, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null', 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams(fields),
  })
}
