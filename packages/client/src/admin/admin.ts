import type {
  ApiKey,
  ApiKeyRequest,
  AuditEvent,
  CounterPage,
  InboxMessage,
  Invite,
  MakeInvite,
  MessagePreview,
  MessageTemplatePage,
  NewApiKey,
  OutboxMessage,
  PreviewMessage,
  RedirectList,
  RedirectVerdict,
  SettingPage,
  SigningKey,
  Stats,
} from '../api/types.ts'
import type { Reply } from '../base/result.ts'
import type { AdminUsers } from './admin-users.ts'
import type { AdminOAuthClients, AdminProviders, AdminSsoProviders } from './doors.ts'
import type { List, Page } from './list.ts'

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
  readonly users: AdminUsers
  readonly invites: {
    /**
     * Those that wait, newest first.
     * @example
     * for await (const invite of admin.invites.list.all()) show(invite.email, invite.expiresAt)
     */
    readonly list: List<Invite>
    /**
     * Invites somebody by mail. A newer invitation replaces the older.
     * @example
     * await admin.invites.create({ email, roles: ['user', 'editor'] })
     */
    create(input: MakeInvite): Reply<Invite>
    /**
     * Takes one back.
     * @example
     * await admin.invites.revoke(id)
     */
    revoke(id: string): Reply<null>
  }
  readonly audit: {
    /**
     * What happened, newest first.
     * @example
     * const { data } = await admin.audit.list({ userId: id, action: 'session.' })
     * for (const { at, action } of data?.items ?? []) show(at, action)
     */
    readonly list: List<AuditEvent, AuditFilter>
  }
  readonly signingKeys: {
    /**
     * The keys that sign access tokens.
     * @example
     * const { data } = await admin.signingKeys.list()
     * show(data?.items.find(({ state }) => state === 'active'))
     */
    list(): Reply<Page<SigningKey>>
    /**
     * Publishes the next one, which signs once every verifier has had time to fetch it.
     * @example
     * const { data } = await admin.signingKeys.rotate({ alg: 'ES256' })
     * show(data?.signsFrom)
     */
    rotate(input?: { readonly alg?: 'ES256' | 'RS256' }): Reply<SigningKey>
    /**
     * Ends one: its tokens fail from now on.
     * @example
     * const { data } = await admin.signingKeys.list()
     * const old = data?.items.find(({ state }) => state === 'retiring')
     * if (old) await admin.signingKeys.revoke(old.kid)
     */
    revoke(kid: string): Reply<null>
  }
  readonly apiKeys: {
    /**
     * API keys, without their text.
     * @example
     * for await (const { name, hint } of admin.apiKeys.list.all()) show(name, hint)
     */
    readonly list: List<ApiKey>
    /**
     * Makes one. Its text is in the answer, once.
     * @example
     * const { data } = await admin.apiKeys.create({ kind: 'secret', name: 'Reports', scopes: ['users:read'] })
     * show(data?.key)
     */
    create(input: ApiKeyRequest): Reply<NewApiKey>
    /**
     * Takes one back at once.
     * @example
     * await admin.apiKeys.revoke(id)
     */
    revoke(id: string): Reply<null>
  }
  readonly providers: AdminProviders
  readonly ssoProviders: AdminSsoProviders
  readonly oauthClients: AdminOAuthClients
  readonly outbox: {
    /**
     * Messages, newest first, without their content.
     * @example
     * const { data } = await admin.outbox.list({ state: 'failed' })
     * for (const { to, lastError } of data?.items ?? []) show(to, lastError)
     */
    readonly list: List<OutboxMessage, { readonly state?: string; readonly template?: string; readonly to?: string }>
    /**
     * Lets a failed or postponed message go now.
     * @example
     * for await (const message of admin.outbox.list.all({ state: 'failed' })) await admin.outbox.retry(message.id)
     */
    retry(id: string): Reply<null>
    /**
     * Drops a message.
     * @example
     * await admin.outbox.drop(id)
     */
    drop(id: string): Reply<null>
  }
  readonly redirects: {
    /**
     * The places people may be sent to.
     * @example
     * const { data } = await admin.redirects.list()
     * show(data?.siteUrl, data?.urls)
     */
    list(): Reply<RedirectList>
    /**
     * Says whether people may be sent to a URL, by which rule and why.
     * @example
     * const { data } = await admin.redirects.test('https://app.example.com/welcome')
     * show(data?.allowed, data?.reason)
     */
    test(url: string): Reply<RedirectVerdict>
  }
  readonly settings: {
    /**
     * What the server was started with. Of secrets only whether they are set.
     * @example
     * const { data } = await admin.settings.list()
     * for (const { name, value } of data?.items ?? []) show(name, value)
     */
    list(): Reply<SettingPage>
  }
  /** The messages it sends. */
  readonly templates: {
    /**
     * Which there are, in which languages, and whose words they are.
     * @example
     * const { data } = await admin.templates.list()
     * show(data?.items.filter(({ own }) => own))
     */
    list(): Reply<MessageTemplatePage>
    /**
     * One filled with made-up values; nothing is sent.
     * @example
     * const { data } = await admin.templates.preview({ template: 'sign_in_code', locale: 'de' })
     * show(data?.subject, data?.text)
     */
    preview(input: PreviewMessage): Reply<MessagePreview>
  }
  /**
   * How far the counters of a network, or of a user, are.
   * @example
   * const { data } = await admin.limits({ userId: id })
   * show(data?.items.filter(({ over }) => over))
   */
  limits(of: { readonly network: string } | { readonly userId: string }): Reply<CounterPage>
  /**
   * What happened in a span of time. Default the last day.
   * @example
   * const { data } = await admin.stats({ from: '2026-01-01T00:00:00Z' })
   * show(data?.newUsers, data?.signIns.ok)
   */
  stats(input?: { readonly from?: string; readonly to?: string }): Reply<Stats>
  /** The messages of development. */
  readonly inbox: {
    /**
     * Those that were caught, newest first.
     * @example
     * const { data } = await admin.inbox.list({ to: email })
     * for (const { subject, link } of data?.items ?? []) show(subject, link)
     */
    list(input?: { readonly to?: string; readonly limit?: number }): Reply<Page<InboxMessage>>
    /**
     * The newest message to an address; `not_found` where none came.
     * @param input.seconds how long to wait for it; default 5
     * @example
     * const { data } = await admin.inbox.waitFor(email, { seconds: 10 })
     * show(data?.code)
     */
    waitFor(to: string, input?: { readonly seconds?: number }): Reply<InboxMessage>
    /**
     * Empties it.
     * @example
     * await admin.inbox.clear()
     */
    clear(): Reply<null>
  }
}
