import type {
  AccessKey,
  ActForUser,
  AdminLink,
  AdminUser,
  AdminUserDetails,
  ApiKey,
  ApiKeyRequest,
  AttachIdentity,
  AuditEvent,
  Complete,
  CounterPage,
  CreateUser,
  FactorPage,
  Identity,
  Imported,
  ImportUsers,
  InboxMessage,
  Invite,
  MakeInvite,
  MakeLink,
  MessagePreview,
  MessageTemplatePage,
  NewApiKey,
  OutboxMessage,
  PreviewMessage,
  RedirectList,
  RedirectVerdict,
  Session,
  SettingPage,
  SigningKey,
  Stats,
  UpdateUser,
} from '../api/types.ts'
import { AuthError } from '../base/auth-error.ts'
import { idPart } from '../base/encoding.ts'
import { facing, type Reply } from '../base/result.ts'
import { type Runtime, systemRuntime } from '../base/runtime.ts'
import type { PageInput } from '../client.ts'
import { type Call, createSend } from '../request/request.ts'
import { type AdminOAuthClients, type AdminProviders, type AdminSsoProviders, doorsOf } from './doors.ts'

/** One page of a list. */
export interface Page<T> {
  readonly items: T[]
  readonly nextCursor: string | null
}

/**
 * A list: called, it answers with one page; `all` walks over every page.
 * @example
 * for await (const user of admin.users.list.all({ status: 'active' })) show(user.email)
 */
export interface List<T, Filter = object> {
  (input?: Filter & PageInput): Reply<Page<T>>
  /** @throws AuthError */
  all(input?: Filter & { readonly limit?: number }): AsyncIterable<T>
}

/** Which users. */
export interface UserFilter {
  /** Beginning of an address or name. */
  readonly q?: string
  readonly email?: string
  readonly phone?: string
  readonly provider?: string
  readonly role?: string
  readonly status?: string
  readonly createdAfter?: string
  readonly createdBefore?: string
  readonly signedInAfter?: string
  readonly signedInBefore?: string
}

/** Which audit events. */
export interface AuditFilter {
  readonly userId?: string
  readonly actorId?: string
  readonly sessionId?: string
  readonly requestId?: string
  /** Or the beginning of one. */
  readonly action?: string
  readonly result?: 'ok' | 'refused'
  readonly ip?: string
  readonly after?: string
  readonly before?: string
}

/** Everything an administrator's key may do. For servers alone. */
export interface Admin {
  readonly users: {
    readonly list: List<AdminUser, UserFilter & { readonly sort?: string }>
    get(id: string): Reply<AdminUserDetails>
    /** @param once an idempotency key: the same one again makes nobody twice */
    create(input: CreateUser, once?: string): Reply<AdminUser>
    update(id: string, input: UpdateUser): Reply<AdminUser>
    delete(id: string, input?: { readonly mode?: 'soft' | 'hard' }): Reply<null>
    /** Up to 500, with their password hashes. */
    import(input: ImportUsers): Reply<Imported>
    /** A stream without secrets. */
    export(input?: UserFilter & { readonly format?: 'ndjson' | 'csv' }): Reply<ReadableStream<Uint8Array>>
    sessions(id: string, input?: PageInput): Reply<Page<Session>>
    /** Ends one session, or all of them. */
    signOut(id: string, sessionId?: string): Reply<null>
    identities(id: string): Reply<Page<Identity>>
    /** Connects an account elsewhere, or a wallet (`wallet:ethereum`, `wallet:solana`) by its address. */
    attachIdentity(id: string, input: AttachIdentity): Reply<Identity>
    /** Takes one away. The last way in stays. */
    removeIdentity(id: string, identityId: string): Reply<null>
    factors(id: string): Reply<FactorPage>
    /** Removes a second factor, or all of them; their owner is told. @param reason kept in the audit log */
    removeFactor(id: string, reason: string, factorId?: string): Reply<null>
    /** Opens a session in which an administrator acts for a user: marked, an hour at most, and never at their credentials. */
    impersonate(id: string, input: ActForUser): Reply<Complete>
    /** Personal access tokens. */
    accessKeys(id: string, input?: PageInput): Reply<Page<AccessKey>>
    /** Ends a personal access token and the sessions it opened; its owner is told. @param reason kept in the audit log */
    revokeAccessKey(id: string, keyId: string, reason: string): Reply<null>
    /** A link to hand over. Whoever opens it is asked first. */
    createLink(id: string, input: MakeLink): Reply<AdminLink>
    /** Opens an account that too many wrong tries have closed. */
    unlock(id: string): Reply<null>
  }
  readonly invites: {
    readonly list: List<Invite>
    create(input: MakeInvite): Reply<Invite>
    revoke(id: string): Reply<null>
  }
  readonly audit: { readonly list: List<AuditEvent, AuditFilter> }
  readonly signingKeys: {
    list(): Reply<Page<SigningKey>>
    /** Publishes the next one. */
    rotate(input?: { readonly alg?: 'ES256' | 'RS256' }): Reply<SigningKey>
    revoke(kid: string): Reply<null>
  }
  readonly apiKeys: {
    readonly list: List<ApiKey>
    create(input: ApiKeyRequest): Reply<NewApiKey>
    revoke(id: string): Reply<null>
  }
  readonly providers: AdminProviders
  readonly ssoProviders: AdminSsoProviders
  readonly oauthClients: AdminOAuthClients
  readonly outbox: {
    readonly list: List<OutboxMessage, { readonly state?: string; readonly template?: string; readonly to?: string }>
    retry(id: string): Reply<null>
    drop(id: string): Reply<null>
  }
  readonly redirects: {
    /** The places people may be sent to. */
    list(): Reply<RedirectList>
    test(url: string): Reply<RedirectVerdict>
  }
  /** What the server was started with. Of secrets only whether they are set. */
  readonly settings: { list(): Reply<SettingPage> }
  /** The messages it sends. */
  readonly templates: {
    list(): Reply<MessageTemplatePage>
    /** One filled with made-up values; nothing is sent. */
    preview(input: PreviewMessage): Reply<MessagePreview>
  }
  /** How far the counters of a network, or of a user, are. */
  limits(of: { readonly network: string } | { readonly userId: string }): Reply<CounterPage>
  stats(input?: { readonly from?: string; readonly to?: string }): Reply<Stats>
  /** The messages of development. */
  readonly inbox: {
    list(input?: { readonly to?: string; readonly limit?: number }): Reply<Page<InboxMessage>>
    /** The newest message to an address. @param input.seconds how long to wait for it; default 5 */
    waitFor(to: string, input?: { readonly seconds?: number }): Reply<InboxMessage>
    clear(): Reply<null>
  }
}

/** How an administrator's client is made. */
export interface AdminOptions {
  readonly url: string
  /** `wws_…` */
  readonly secretKey: string
  readonly fetch?: typeof globalThis.fetch
}

/**
 * Makes a client for administration.
 * @throws TypeError in a browser, where a secret key has no business
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
  const inner = { key: undefined, inCookies: false, locale: undefined }
  const send = createSend({ runtime, origin: new URL(url).origin, ...inner })
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
