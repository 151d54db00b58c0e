import { afterAll, beforeAll } from 'vitest'
import type { Result } from '../src/base/result.ts'
import { type Runtime, systemRuntime } from '../src/base/runtime.ts'
import type { Client, ClientOptions } from '../src/client.ts'
import { createClientOn } from '../src/create-client.ts'
import { memoryStorage } from '../src/session/session-storage.ts'

/** What these tests use of a started server. */
export interface World {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  /** Moves the server's clock, in seconds. */
  readonly clock: { move(seconds: number): void }
  readonly inbox: {
    waitFor(to: string, template?: string): Promise<{ subject: string; code: string | null; link: string | null }>
  }
  close(): Promise<void>
}

/** The server knows the types of Node, these tests those of browsers: they meet at run time. */
const place = '../../server/test/world/world.ts'
const { startWorld } = (await import(/* @vite-ignore */ place)) as {
  startWorld(options?: { readonly config?: object }): Promise<World>
}

export { startWorld }

export const password = 'seven quiet otters'
const seen = { addresses: 0 }

/** A fresh address. */
export function anAddress(name = 'ada'): string {
  seen.addresses += 1
  return `${name}${seen.addresses}@example.test`
}

/** A server for a file of tests. */
export function aWorld(config: Parameters<typeof startWorld>[0] = {}): () => World {
  const held: { world?: World } = {}
  beforeAll(async () => {
    held.world = await startWorld(config)
  })
  afterAll(() => held.world?.close())
  return () => {
    if (held.world === undefined) throw new Error('the server is not started yet')
    return held.world
  }
}

/** A client with a memory of its own. */
export function aClient(world: World, options: Partial<ClientOptions> = {}, runtime: Partial<Runtime> = {}): Client {
  const all = { url: world.url, key: world.publishableKey, storage: memoryStorage(), ...options }
  return createClientOn({ ...systemRuntime(), ...runtime }, all)
}

/** Somebody with a proved address and a password. */
export async function aPerson(world: World, email = anAddress()): Promise<string> {
  const response = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, emailConfirmed: true }),
  })
  if (response.status !== 201) throw new Error(await response.text())
  return email
}

/** A client in which somebody is signed in. */
export async function aSignedIn(world: World, options: Partial<ClientOptions> = {}, runtime: Partial<Runtime> = {}) {
  const email = await aPerson(world)
  const auth = aClient(world, options, runtime)
  const { error } = await auth.signInWithPassword({ email, password })
  if (error !== null) throw error
  return { auth, email }
}

/** The data of an answer that must have worked. */
export async function ok<T>(reply: Promise<Result<T>>): Promise<T> {
  const { data, error } = await reply
  if (error !== null) throw error
  return data
}

/** The code of an answer that must have been refused. */
export async function codeOf(reply: Promise<{ error: { code: string } | null }>): Promise<string | undefined> {
  return (await reply).error?.code
}

/** Clicks the button on the page that a mailed link opens. @returns where the click leads */
export async function followLink(link: string | null): Promise<string> {
  const { origin, searchParams } = new URL(link ?? '')
  const click = await fetch(`${origin}/v1/links`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin },
    body: new URLSearchParams({ token: searchParams.get('token') ?? '' }),
  })
  return click.headers.get('location') ?? ''
}
