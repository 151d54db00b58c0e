import { randomInt } from 'node:crypto'
import type { World } from '../../world/world.ts'
import { type Reply, type Send, send } from './reply.ts'

/** A number nobody has used before. */
export function aFreshNumber(): string {
  return `+49151${randomInt(10_000_000, 99_999_999)}`
}

/** What a code is typed for. */
export type PhoneKind = 'sign_up' | 'sign_in' | 'phone_change'

/** The doors of a dialect for whoever comes with a telephone. */
export interface PhoneDoor {
  readonly name: 'native' | 'supabase'
  readonly base: string
  signUp(phone: string, password: string, more?: Send): Promise<Reply>
  signIn(phone: string, password: string, more?: Send): Promise<Reply>
  sendCode(phone: string, more?: Send): Promise<Reply>
  change(phone: string, token: string): Promise<Reply>
  type(answer: {
    readonly kind: PhoneKind
    readonly phone: string
    readonly code: string
    readonly begun: Reply
    readonly token?: string | undefined
    readonly headers?: Readonly<Record<string, string>>
  }): Promise<Reply>
}

function nativePhones({ url }: Pick<World, 'url'>): PhoneDoor {
  const base = `${url}/v1`
  const post = (path: string, body: unknown, more: Send = {}) => send(base + path, { ...more, body })
  return {
    name: 'native',
    base,
    signUp: (phone, password, more) => post('/sign-up/password', { phone, password }, more),
    signIn: (phone, password, more) => post('/sign-in/password', { phone, password }, more),
    sendCode: (phone, more) => post('/sign-in/code', { phone }, more),
    change: (phone, token) => post('/me/phone', { phone }, { token }),
    type: ({ code, begun, token, headers = {} }) =>
      post('/attempts/answer', { attempt: begun.attempt, code }, { token, headers }),
  }
}

function supabasePhones({ url }: Pick<World, 'url'>): PhoneDoor {
  const base = `${url}/auth/v1`
  const post = (path: string, body: unknown, more: Send = {}) => send(base + path, { ...more, body })
  return {
    name: 'supabase',
    base,
    signUp: (phone, password, more) => post('/signup', { phone, password }, more),
    signIn: (phone, password, more) => post('/token?grant_type=password', { phone, password }, more),
    sendCode: (phone, more) => post('/otp', { phone }, more),
    change: (phone, token) => send(`${base}/user`, { method: 'PUT', token, body: { phone } }),
    type: ({ kind, phone, code, headers = {} }) =>
      post('/verify', { type: kind === 'phone_change' ? kind : 'sms', phone, token: code }, { headers }),
  }
}

export const phoneDoorNames = ['native', 'supabase'] as const

export function phoneDoorsOf(world: Pick<World, 'url'>): Readonly<Record<PhoneDoor['name'], PhoneDoor>> {
  return { native: nativePhones(world), supabase: supabasePhones(world) }
}

/** The code of the text that comes to a number because of what is done here. */
export async function textOf(
  world: World,
  phone: string,
  work: () => Promise<Reply>,
): Promise<{ readonly begun: Reply; readonly code: string }> {
  await world.watchword.deliverer.drain()
  const before = new Set((await world.inbox.list(phone)).map(({ id }) => id))
  const begun = await work()
  for (let tries = 0; tries < 750; tries += 1) {
    const found = (await world.inbox.list(phone)).find(({ id, code }) => code !== null && !before.has(id))
    if (found !== undefined) return { begun, code: found.code ?? '' }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`no text came to ${phone}: ${begun.status} ${begun.text}`)
}

/** Somebody with a proved number and a session. */
export async function aCaller(world: World, door: PhoneDoor, password: string, phone = aFreshNumber()) {
  const { begun, code } = await textOf(world, phone, () => door.signUp(phone, password))
  const done = await door.type({ kind: 'sign_up', phone, code, begun })
  if (done.tokens === undefined) throw new Error(`no session in ${done.status} ${done.text}`)
  const user = (done.body['user'] ?? {}) as { readonly id: string }
  return { id: user.id, phone, tokens: done.tokens }
}
