import { randomBytes, randomInt } from 'node:crypto'
import { GoTrueAdminApi, GoTrueClient } from '@supabase/auth-js'
import { createClient } from '@supabase/supabase-js'
import WebSocket from 'ws'
import type { SecurityKey } from '../../world/security-key.ts'
import type { World } from '../../world/world.ts'

type Storage = {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Storage of one browser profile. */
export function memoryStorage(): Storage {
  const held = new Map<string, string>()
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  }
}

/** The bare client, as a page without the bigger library uses it. */
export function authClient(
  world: World,
  options: { flowType?: 'implicit' | 'pkce'; storage?: Storage; recoveryCodes?: boolean } = {},
): GoTrueClient {
  return new GoTrueClient({
    url: `${world.url}/auth/v1`,
    autoRefreshToken: false,
    persistSession: true,
    detectSessionInUrl: false,
    storageKey: `sb-${randomBytes(6).toString('hex')}`,
    storage: options.storage ?? memoryStorage(),
    ...(options.flowType === undefined ? {} : { flowType: options.flowType }),
    ...(options.recoveryCodes === true ? { experimental: { recoveryCodes: true } } : {}),
  })
}

/** The client as applications use it, with the publishable key. */
export function appClient(world: World, key = world.publishableKey) {
  return createClient(world.url, key, {
    realtime: { transport: WebSocket as never },
    auth: { autoRefreshToken: false, persistSession: false, detectSessionInUrl: false },
  })
}

/** The administrator's client, with the secret key. */
export function adminApi(world: World, key = world.secretKey): GoTrueAdminApi {
  return new GoTrueAdminApi({ url: `${world.url}/auth/v1`, headers: { Authorization: `Bearer ${key}` } })
}

/** An address nobody has. */
export function anAddress(name = 'jo'): string {
  return `${name}-${randomBytes(6).toString('hex')}@example.test`
}

/** A number nobody has, as clients of this dialect see it: without its plus. */
export function aNumber(): string {
  return `49151${randomInt(10_000_000, 99_999_999)}`
}

export const goodPassword = 'correct horse battery 9'

/** What an answer of a client holds when it worked. */
export function worked<T extends { error: unknown; data: unknown }>(answer: T): Exclude<T, { error: object }>['data'] {
  if (answer.error !== null) throw answer.error
  return answer.data as never
}

/** A raw request, for what no client sends. */
export function raw(world: World, path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
  const { json, ...rest } = init
  const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) }
  return fetch(`${world.url}/auth/v1${path}`, {
    redirect: 'manual',
    ...rest,
    headers,
    ...(json === undefined ? {} : { method: init.method ?? 'POST', body: JSON.stringify(json) }),
  })
}

/** A confirmed account, made by the administrator. */
export async function aPerson(
  world: World,
  attributes: { email?: string; password?: string; user_metadata?: object } = {},
) {
  const email = attributes.email ?? anAddress()
  const password = attributes.password ?? goodPassword
  const { user } = worked(await adminApi(world).createUser({ ...attributes, email, password, email_confirm: true }))
  if (user === null) throw new Error('no user was made')
  return { id: user.id, email, password, user }
}

/** Somebody signed in with a password, and their client. */
export async function aSignedIn(world: World, options: Parameters<typeof authClient>[1] = {}) {
  const person = await aPerson(world)
  const client = authClient(world, options)
  const { session } = worked(await client.signInWithPassword({ email: person.email, password: person.password }))
  if (session === null) throw new Error('no session was opened')
  return { ...person, client, session }
}

/** Registers a passkey of a key for whoever is signed in at a client. */
export async function aPasskeyOf(client: GoTrueClient, key: SecurityKey) {
  const { challenge_id: challengeId, options } = worked(await client.passkey.startRegistration())
  const credential = key.create(options as never, { verified: true }) as never
  return worked(await client.passkey.verifyRegistration({ challengeId, credential }))
}

/** The fragment of a redirect, or its query, as fields. */
export function landing(response: Response) {
  const location = response.headers.get('location') ?? ''
  const url = new URL(location)
  return { location, url, query: url.searchParams, fragment: new URLSearchParams(url.hash.slice(1)) }
}
