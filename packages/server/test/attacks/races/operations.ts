import type { Message } from '../../world/inbox.ts'
import type { World } from '../../world/world.ts'
import { beginApp, freshCode, native } from '../tools/factors.ts'
import { nativeDoor } from '../tools/native-door.ts'
import { objectIn, type Reply, send, type Tokens } from '../tools/reply.ts'
import { arrivesAs, freshAddress } from './people.ts'

/** Draws whole numbers below a bound, the same again for the same seed. */
export type Draw = (below: number) => number

/** A small generator (mulberry32): what is tried must be the same for the same seed, and need not be hard to guess. */
export function drawFrom(seed: number): Draw {
  const state = { at: seed >>> 0 }
  return (below) => {
    state.at = (state.at + 0x6d2b79f5) >>> 0
    const one = Math.imul(state.at ^ (state.at >>> 15), state.at | 1)
    const two = one ^ (one + Math.imul(one ^ (one >>> 7), one | 61))
    return ((two ^ (two >>> 14)) >>> 0) % below
  }
}

/** Somebody who does many things at once, and what they hold of it. */
export interface Person {
  id: string
  /** Two addresses they move between. */
  readonly addresses: readonly [string, string]
  readonly passwords: readonly [string, string]
  readonly subject: string
  readonly tokens: Tokens[]
  readonly keys: { id: string; text: string }[]
  /** What was used up, and must be good for nothing again. */
  readonly spent: { readonly refresh: string[]; readonly answers: { attempt: string; code: string }[] }
  /** What each refresh token was exchanged for. */
  readonly before: Map<string, string>
}

export const aPerson = (): Person => ({
  id: crypto.randomUUID(),
  addresses: [freshAddress('model'), freshAddress('model')],
  passwords: ['nine loud herons', 'seven quiet otters'],
  subject: crypto.randomUUID(),
  tokens: [],
  keys: [],
  spent: { refresh: [], answers: [] },
  before: new Map(),
})

export interface Trying {
  readonly world: World
  readonly me: Person
  readonly draw: Draw
}

export interface Operation {
  /** What the audit log calls each success. */
  readonly audit?: string
  readonly run: (trying: Trying) => Promise<Reply | undefined>
}

const kept = (me: Person, reply: Reply): Reply => {
  if (reply.tokens !== undefined) me.tokens.push(reply.tokens)
  if (me.tokens.length > 6) me.tokens.shift()
  return reply
}
const one = <T>(draw: Draw, of: readonly T[]): T | undefined => (of.length === 0 ? undefined : of[draw(of.length)])
const access = ({ me, draw }: Trying): string => one(draw, me.tokens)?.access ?? 'none'
const address = ({ me, draw }: Trying): string => me.addresses[draw(2) === 0 ? 0 : 1]
const admin = ({ world }: Trying, method: string, path: string, body?: object): Promise<Reply> =>
  send(`${world.url}/v1/admin${path}`, { method, token: world.secretKey, ...(body === undefined ? {} : { body }) })
const own = (trying: Trying, method: string, path: string, body?: object): Promise<Reply> =>
  send(`${trying.world.url}/v1/me${path}`, { method, token: access(trying), ...(body === undefined ? {} : { body }) })

/** Types the code of the newest message of a kind into an attempt. */
async function answer(trying: Trying, begun: Reply, to: string, token?: string): Promise<Reply> {
  const { world, me } = trying
  await world.watchword.deliverer.drain()
  // On a machine too busy to answer, no mail is read and nothing is typed.
  const messages: readonly Message[] | undefined = await world.inbox.list(to)
  const code = messages?.find((message) => message.code !== null)?.code
  if (begun.attempt === undefined || code == null) return begun
  const said = { attempt: begun.attempt, code }
  const done = kept(me, await native(world, '/attempts/answer', said, token))
  if (done.tokens !== undefined) me.spent.answers.push(said)
  return done
}

/** Signs up, where the account is gone, and becomes whoever has the address. */
async function signUp(trying: Trying): Promise<Reply> {
  const { world, me } = trying
  const email = address(trying)
  const done = await answer(trying, await nativeDoor(world).signUp({ email, password: me.passwords[0] }), email)
  const id = objectIn(done.body, 'user')['id']
  if (typeof id === 'string') me.id = id
  return done
}

async function refresh({ world, me, draw }: Trying): Promise<Reply | undefined> {
  const tokens = one(draw, me.tokens)
  if (tokens === undefined) return undefined
  const reply = kept(me, await nativeDoor(world).refresh(tokens.refresh))
  if (reply.tokens === undefined) return reply
  // A token whose successor was never used may have lost its answer; once that one is exchanged, it is over.
  const older = me.before.get(tokens.refresh)
  if (older !== undefined) me.spent.refresh.push(older)
  me.before.set(reply.tokens.refresh, tokens.refresh)
  return reply
}

async function identityOf({ world, me, draw }: Trying): Promise<string> {
  const user = await world.core.users.find(me.id)
  return one(draw, user?.identities ?? [])?.id ?? crypto.randomUUID()
}

async function addApp(trying: Trying): Promise<Reply> {
  const { world, me } = trying
  const token = access(trying)
  const { attempt, secret, begun } = await beginApp(world, token)
  if (begun.status >= 400) return begun
  return kept(me, await native(world, '/attempts/answer', { attempt, code: freshCode(world, secret) }, token))
}

async function makeKey(trying: Trying): Promise<Reply> {
  const expiresAt = new Date(trying.world.core.runtime.now().getTime() + 86_400_000).toISOString()
  const reply = await own(trying, 'POST', '/access-keys', { name: 'x', scopes: ['me:read'], expiresAt })
  const { id, key } = reply.body
  if (typeof id === 'string' && typeof key === 'string') trying.me.keys.push({ id, text: key })
  return reply
}

const byCode = async (t: Trying, to: string): Promise<Reply> => answer(t, await nativeDoor(t.world).sendCode(to), to)

/** Sees to it that somebody is there, welcome and signed in, so that what is tried has something to meet. */
export async function settleIn(t: Trying): Promise<void> {
  const { core } = t.world
  const found = await Promise.all(t.me.addresses.map((email) => core.users.findByAddress({ email })))
  const known = found.find((user) => user !== undefined) ?? (await core.users.find(t.me.id))
  t.me.tokens.length = 0
  if (known === undefined || known.deletedAt !== null) return void (await signUp(t))
  t.me.id = known.id
  const email = known.email ?? t.me.addresses[0]
  await admin(t, 'PATCH', `/users/${known.id}`, { bannedUntil: null, email, emailConfirmed: true })
  if (t.draw(2) === 0) await admin(t, 'DELETE', `/users/${known.id}/factors?reason=model`)
  for (let sessions = 0; sessions < 3; sessions += 1) await byCode(t, email)
}

/** What people and administrators do, in the proportion in which it stands here. */
export const operations: Readonly<Record<string, Operation>> = {
  signIn: {
    run: async (t) => kept(t.me, await nativeDoor(t.world).signIn(address(t), t.me.passwords[t.draw(2) === 0 ? 0 : 1])),
  },
  refresh: { run: refresh },
  refreshAgain: { run: refresh },
  signUp: { run: signUp },
  code: { run: (t) => byCode(t, address(t)) },
  recover: {
    run: async (t) => {
      const to = address(t)
      return answer(t, await nativeDoor(t.world).recover(to), to)
    },
  },
  arrive: {
    run: async ({ world, me, draw }) => {
      const email = draw(2) === 0 ? null : me.addresses[0]
      await arrivesAs(world.core, { subject: me.subject, email })
      return undefined
    },
  },
  password: {
    audit: 'password.changed',
    run: async (t) => nativeDoor(t.world).changePassword(access(t), t.me.passwords[t.draw(2) === 0 ? 0 : 1]),
  },
  noPassword: { audit: 'password.removed', run: (t) => own(t, 'DELETE', '/password', {}) },
  email: {
    run: async (t) => {
      const [to, token] = [address(t), access(t)]
      return answer(t, await nativeDoor(t.world).changeEmail(token, to), to, token)
    },
  },
  noEmail: { run: (t) => own(t, 'DELETE', '/email') },
  noPhone: { run: (t) => own(t, 'DELETE', '/phone') },
  signOut: { run: (t) => nativeDoor(t.world).signOut(access(t)) },
  unlink: { audit: 'identity.unlinked', run: async (t) => own(t, 'DELETE', `/identities/${await identityOf(t)}`) },
  attach: {
    audit: 'identity.linked',
    run: (t) => admin(t, 'POST', `/users/${t.me.id}/identities`, { provider: 'google', subject: t.me.subject }),
  },
  app: { audit: 'factor.added', run: addApp },
  noFactors: { run: (t) => admin(t, 'DELETE', `/users/${t.me.id}/factors?reason=model`) },
  key: { audit: 'access_key.created', run: makeKey },
  noKey: { run: (t) => own(t, 'DELETE', `/access-keys/${one(t.draw, t.me.keys)?.id ?? crypto.randomUUID()}`) },
  useKey: {
    run: (t) => native(t.world, '/sign-in/access-key', { key: one(t.draw, t.me.keys)?.text ?? 'wwk_none' }),
  },
  changed: {
    audit: 'user.changed_by_admin',
    run: (t) => admin(t, 'PATCH', `/users/${t.me.id}`, { email: address(t), emailConfirmed: true, bannedUntil: null }),
  },
  banned: {
    audit: 'user.changed_by_admin',
    run: (t) => admin(t, 'PATCH', `/users/${t.me.id}`, { bannedUntil: '2999-01-01T00:00:00.000Z' }),
  },
  unbanned: {
    audit: 'user.changed_by_admin',
    run: (t) => admin(t, 'PATCH', `/users/${t.me.id}`, { bannedUntil: null }),
  },
  phone: {
    audit: 'user.changed_by_admin',
    run: (t) =>
      admin(t, 'PATCH', `/users/${t.me.id}`, { phone: `+4915123456${70 + t.draw(20)}`, phoneConfirmed: true }),
  },
  softly: {
    run: (t) =>
      send(`${t.world.url}/auth/v1/admin/users/${t.me.id}`, {
        method: 'DELETE',
        token: t.world.secretKey,
        body: { should_soft_delete: true },
      }),
  },
  gone: { run: (t) => admin(t, 'DELETE', `/users/${t.me.id}`) },
}
