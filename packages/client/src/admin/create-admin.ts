import type {
  ActForUser,
  ApiKeyRequest,
  AttachIdentity,
  CreateUser,
  ImportUsers,
  InboxMessage,
  MakeInvite,
  MakeLink,
  PreviewMessage,
  UpdateUser,
} from '../api/types.ts'
import { AuthError } from '../base/auth-error.ts'
import { idPart } from '../base/encoding.ts'
import { facing, type Reply } from '../base/result.ts'
import { type Runtime, systemRuntime } from '../base/runtime.ts'
import { serverAddress } from '../base/server-address.ts'
import type { PageInput } from '../client.ts'
import { type Call, createSend } from '../request/request.ts'
import type { Admin } from './admin.ts'
import { doorsOf } from './doors.ts'
import type { List, Page } from './list.ts'

/** How an administrator's client is made. */
export interface AdminOptions {
  readonly url: string
  /** `wws_…` */
  readonly secretKey: string
  readonly fetch?: typeof globalThis.fetch
}

/**
 * Makes a client for administration.
 * @throws TypeError in a browser, where a secret key has no business; when there is none, or the address is none
 * @example
 * const admin = createAdmin({ url, secretKey })
 * const { data } = await admin.users.create({ email: 'new@example.test', emailConfirmed: true })
 */
export function createAdmin(options: AdminOptions): Admin {
  return createAdminOn(systemRuntime(options.fetch), options)
}

/** As {@link createAdmin}, on a runtime of one's own. */
export function createAdminOn(runtime: Runtime, { url, secretKey }: AdminOptions): Admin {
  if (runtime.page !== undefined) throw new TypeError('A secret key has no business in a browser.')
  if (!secretKey) throw new TypeError(`The secret key, wws_…, is needed; it is ${JSON.stringify(secretKey)}.`)
  const inner = { key: undefined, inCookies: false, locale: undefined }
  const send = createSend({ runtime, origin: serverAddress(url).origin, ...inner })
  const call = <T>(method: Call['method'], path: string, more: Partial<Call> = {}) =>
    send<T>({ method, path: `/admin${path}`, bearer: secretKey, ...more })
  const rooms = {
    users: usersOf(call),
    ...doorsOf(call),
    invites: {
      create: (body: MakeInvite) => call('POST', '/invites', { body }),
      revoke: async (id: string) => call('DELETE', `/invites/${idPart(id)}`),
    },
    signingKeys: {
      list: () => call('GET', '/signing-keys'),
      rotate: (body: object = {}) => call('POST', '/signing-keys', { body }),
      revoke: async (kid: string) => call('DELETE', `/signing-keys/${kidPart(kid)}`),
    },
    apiKeys: {
      create: (body: ApiKeyRequest) => call('POST', '/api-keys', { body }),
      revoke: async (id: string) => call('DELETE', `/api-keys/${idPart(id)}`),
    },
    outbox: {
      retry: async (id: string) => call('POST', `/outbox/${idPart(id)}/retry`),
      drop: async (id: string) => call('DELETE', `/outbox/${idPart(id)}`),
    },
    redirects: {
      list: () => call('GET', '/redirects'),
      test: (target: string) => call('POST', '/redirects/test', { body: { url: target } }),
    },
    settings: { list: () => call('GET', '/settings') },
    templates: {
      list: () => call('GET', '/templates'),
      preview: (body: PreviewMessage) => call('POST', '/templates/preview', { body }),
    },
    limits: (query: Call['query']) => call('GET', '/limits', { query }),
    stats: (query?: Call['query']) => call('GET', '/stats', { query }),
    inbox: inboxOf(runtime, send),
  }
  const lists = ['users', 'invites', 'audit', 'apiKeys', 'outbox', 'oauthClients'] as const
  const face = facing<Record<string, object>>(rooms, false)
  const places = {
    ...{ users: '/users', invites: '/invites', audit: '/audit', apiKeys: '/api-keys', outbox: '/outbox' },
    oauthClients: '/oauth-clients',
  }
  const listed = lists.map((name) => [
    name,
    { ...face[name], list: listOf((query) => call<Page<unknown>>('GET', places[name], { query })) },
  ])
  return { ...face, ...Object.fromEntries(listed) } as unknown as Admin
}

type CallOf = <T>(method: Call['method'], path: string, more?: Partial<Call>) => Promise<T>

function usersOf(call: CallOf) {
  const at = (id: string, more = '') => `/users/${idPart(id)}${more}`
  return {
    get: async (id: string) => call('GET', at(id)),
    create: (body: CreateUser, once?: string) =>
      call('POST', '/users', { body, headers: once === undefined ? {} : { 'idempotency-key': once } }),
    update: async (id: string, body: UpdateUser) => call('PATCH', at(id), { body }),
    delete: async (id: string, query?: Call['query']) => call('DELETE', at(id), { query }),
    import: (body: ImportUsers) => call('POST', '/users/import', { body, timeout: 300_000 }),
    export: async (query?: Call['query']) => (await call<Response>('GET', '/users/export', { query, raw: true })).body,
    sessions: async (id: string, query?: PageInput) => call('GET', at(id, '/sessions'), { query: { ...query } }),
    signOut: async (id: string, sessionId?: string) =>
      call('DELETE', at(id, sessionId === undefined ? '/sessions' : `/sessions/${idPart(sessionId)}`)),
    identities: async (id: string) => call('GET', at(id, '/identities')),
    attachIdentity: async (id: string, body: AttachIdentity) => call('POST', at(id, '/identities'), { body }),
    removeIdentity: async (id: string, identityId: string) =>
      call('DELETE', at(id, `/identities/${idPart(identityId)}`)),
    factors: async (id: string) => call('GET', at(id, '/factors')),
    removeFactor: async (id: string, reason: string, factorId?: string) =>
      call('DELETE', at(id, factorId === undefined ? '/factors' : `/factors/${idPart(factorId)}`), {
        query: { reason },
      }),
    impersonate: async (id: string, body: ActForUser) => call('POST', at(id, '/impersonation'), { body }),
    accessKeys: async (id: string, query?: PageInput) => call('GET', at(id, '/access-keys'), { query: { ...query } }),
    revokeAccessKey: async (id: string, keyId: string, reason: string) =>
      call('DELETE', at(id, `/access-keys/${idPart(keyId)}`), { query: { reason } }),
    createLink: async (id: string, body: MakeLink) => call('POST', at(id, '/links'), { body }),
    unlock: async (id: string) => call('DELETE', at(id, '/lock')),
  }
}

function inboxOf(runtime: Runtime, send: ReturnType<typeof createSend>) {
  const list = (query?: Call['query']) => send<Page<InboxMessage>>({ method: 'GET', path: '/dev/inbox', query })
  return {
    list,
    clear: () => send({ method: 'DELETE', path: '/dev/inbox' }),
    async waitFor(to: string, { seconds = 5 }: { readonly seconds?: number } = {}): Promise<InboxMessage> {
      const until = runtime.uptime() + seconds * 1000
      for (;;) {
        const [newest] = (await list({ to, limit: 1 })).items
        if (newest !== undefined) return newest
        if (runtime.uptime() > until) throw new AuthError('not_found', { message: `No message came to ${to}.` })
        await new Promise<void>((resolve) => runtime.after(50, resolve))
      }
    },
  }
}

function listOf<T>(page: (query: Call['query']) => Promise<Page<T>>): List<T> {
  const { one } = facing<{ one(input?: object): Reply<Page<T>> }>(
    { one: (input?: object) => page({ ...input }) },
    false,
  )
  return Object.assign((input?: object) => one(input), {
    async *all(input: object = {}): AsyncGenerator<T> {
      let cursor: string | null = null
      do {
        const { items, nextCursor }: Page<T> = await page({
          limit: 200,
          ...input,
          ...(cursor === null ? {} : { cursor }),
        })
        yield* items
        cursor = nextCursor
      } while (cursor !== null)
    },
  })
}

/** A key's id as a part of a path. @throws TypeError before anything is sent */
function kidPart(kid: string): string {
  if (typeof kid !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(kid))
    throw new TypeError('This is not the id of a key.')
  return kid
}
