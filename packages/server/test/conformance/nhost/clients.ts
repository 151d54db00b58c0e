import { randomBytes } from 'node:crypto'
import { createClient, type NhostClient } from '@nhost/nhost-js'
import type { FetchError } from '@nhost/nhost-js/fetch'
import { MemoryStorage } from '@nhost/nhost-js/session'
import type { Inbox } from '../../world/inbox.ts'
import type { World } from '../../world/world.ts'

export const goodPassword = 'correct horse battery 9'

/** The client as applications use it, with the storage of one browser profile. */
export function nhostClient(world: World, storage = new MemoryStorage()): NhostClient {
  return createClient({ authUrl: `${world.url}/nhost/v1`, storage })
}

/** An address nobody has. */
export function anAddress(name = 'jo'): string {
  return `${name}-${randomBytes(6).toString('hex')}@example.test`
}

/** A confirmed account, made by the administrator. */
export async function aPerson(
  world: World,
  more: object = {},
): Promise<{ id: string; email: string; password: string }> {
  const email = anAddress()
  const response = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: goodPassword, emailConfirmed: true, ...more }),
  })
  const made = (await response.json()) as { id: string }
  return { id: made.id, email, password: goodPassword }
}

/** Somebody signed in with a password, and their client. */
export async function aSignedIn(world: World) {
  const person = await aPerson(world)
  const nhost = nhostClient(world)
  const { body } = await nhost.auth.signInEmailPassword({ email: person.email, password: person.password })
  const session = body.session
  if (session == null) throw new Error('nobody was signed in')
  return { ...person, nhost, session }
}

/** What a client throws when it is refused. */
export async function refused(work: Promise<unknown>): Promise<{ status: number; body: Record<string, unknown> }> {
  const error = await work.then(
    () => {
      throw new Error('it was not refused')
    },
    (thrown: FetchError<Record<string, unknown>>) => thrown,
  )
  if (error.name === 'Error' && !('status' in error)) throw error
  return { status: error.status, body: error.body }
}

/** Opens the link of the newest mail of a kind as a browser would, and says where it ends. */
export async function followMail(inbox: Inbox, to: string, template?: string): Promise<URL> {
  const { link } = await inbox.waitFor(to, template)
  const response = await fetch(link ?? '', { redirect: 'manual' })
  const location = response.headers.get('location')
  if (response.status !== 302 || location === null) throw new Error(`${response.status} ${await response.text()}`)
  return new URL(location)
}

/** A raw request, for what no client sends. */
export function raw(world: World, path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
  const { json, ...rest } = init
  const headers = { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) }
  return fetch(`${world.url}/nhost/v1${path}`, {
    redirect: 'manual',
    ...rest,
    headers,
    ...(json === undefined ? {} : { method: init.method ?? 'POST', body: JSON.stringify(json) }),
  })
}

/** A verifier and its challenge, by the client's own helper; its package does not declare it for modules. */
export async function pkcePair(): Promise<{ verifier: string; challenge: string }> {
  const helpers = (await import('@nhost/nhost-js/auth')) as unknown as {
    generatePKCEPair(): Promise<{ verifier: string; challenge: string }>
  }
  return helpers.generatePKCEPair()
}
