import type {
  AccessKey,
  ActForUser,
  AdminLink,
  AdminUser,
  AdminUserDetails,
  AttachIdentity,
  Complete,
  CreateUser,
  FactorPage,
  Identity,
  Imported,
  ImportUsers,
  MakeLink,
  Session,
  UpdateUser,
} from '../api/types.ts'
import type { Reply } from '../base/result.ts'
import type { PageInput } from '../client.ts'
import type { List, Page } from './list.ts'

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

/** The users, and what they have. */
export interface AdminUsers {
  /**
   * Users, filtered and sorted.
   * @example
   * const { data } = await admin.users.list({ role: 'admin', sort: '-lastSignInAt' })
   * for (const user of data?.items ?? []) show(user.email)
   */
  readonly list: List<AdminUser, UserFilter & { readonly sort?: string }>
  /**
   * One user, looked at closely.
   * @example
   * const { data } = await admin.users.get(id)
   * show(data?.waysIn, data?.activeSessions)
   */
  get(id: string): Reply<AdminUserDetails>
  /**
   * Makes a user. No mail is sent.
   * @param once an idempotency key: the same one again makes nobody twice
   * @example
   * await admin.users.create({ email, password, emailConfirmed: true }, crypto.randomUUID())
   */
  create(input: CreateUser, once?: string): Reply<AdminUser>
  /**
   * Changes a user; what is absent stays. A new password or address, or a ban, ends every session.
   * @example
   * await admin.users.update(id, { roles: ['user', 'editor'], appMetadata: { plan: 'team' } })
   */
  update(id: string, input: UpdateUser): Reply<AdminUser>
  /**
   * Deletes a user. `soft` keeps an empty row; default `hard`.
   * @example
   * await admin.users.delete(id, { mode: 'soft' })
   */
  delete(id: string, input?: { readonly mode?: 'soft' | 'hard' }): Reply<null>
  /**
   * Takes up to 500 over, with their password hashes. What is wrong with one does not stop the others.
   * @example
   * const { data } = await admin.users.import({ users: [{ email, emailConfirmed: true }], dryRun: true })
   * show(data?.results.filter(({ status }) => status === 'refused'))
   */
  import(input: ImportUsers): Reply<Imported>
  /**
   * A stream without secrets. Default `ndjson`.
   * @example
   * const { data } = await admin.users.export({ format: 'csv' })
   * show(await new Response(data).text())
   */
  export(input?: UserFilter & { readonly format?: 'ndjson' | 'csv' }): Reply<ReadableStream<Uint8Array>>
  /**
   * The sessions of a user.
   * @example
   * const { data } = await admin.users.sessions(id)
   * show(data?.items.length)
   */
  sessions(id: string, input?: PageInput): Reply<Page<Session>>
  /**
   * Ends one session, or all of them.
   * @example
   * await admin.users.signOut(id)
   */
  signOut(id: string, sessionId?: string): Reply<null>
  /**
   * The accounts elsewhere of a user.
   * @example
   * const { data } = await admin.users.identities(id)
   * for (const { provider, email } of data?.items ?? []) show(provider, email)
   */
  identities(id: string): Reply<Page<Identity>>
  /**
   * Connects an account elsewhere, or a wallet (`wallet:ethereum`, `wallet:solana`) by its address.
   * @example
   * await admin.users.attachIdentity(id, { provider: 'google', subject: '1122334455' })
   */
  attachIdentity(id: string, input: AttachIdentity): Reply<Identity>
  /**
   * Takes one away. The last way in stays.
   * @example
   * const { data } = await admin.users.identities(id)
   * for (const identity of data?.items ?? []) await admin.users.removeIdentity(id, identity.id)
   */
  removeIdentity(id: string, identityId: string): Reply<null>
  /**
   * The second factors of a user.
   * @example
   * const { data } = await admin.users.factors(id)
   * for (const { type, name } of data?.items ?? []) show(type, name)
   */
  factors(id: string): Reply<FactorPage>
  /**
   * Removes a second factor, or all of them; their owner is told.
   * @param reason kept in the audit log
   * @example
   * await admin.users.removeFactor(id, 'Lost the phone, known in person')
   */
  removeFactor(id: string, reason: string, factorId?: string): Reply<null>
  /**
   * Opens a session in which an administrator acts for a user: marked, an hour at most, and never at their credentials.
   * @example
   * const { data } = await admin.users.impersonate(id, { reason: 'An order that is stuck', minutes: 15 })
   * show(data?.tokens.accessToken)
   */
  impersonate(id: string, input: ActForUser): Reply<Complete>
  /**
   * The personal access tokens of a user, newest first.
   * @example
   * const { data } = await admin.users.accessKeys(id)
   * for (const { name, lastUsedAt } of data?.items ?? []) show(name, lastUsedAt)
   */
  accessKeys(id: string, input?: PageInput): Reply<Page<AccessKey>>
  /**
   * Ends a personal access token and the sessions it opened; its owner is told.
   * @param reason kept in the audit log
   * @example
   * const { data } = await admin.users.accessKeys(id)
   * for (const key of data?.items ?? []) await admin.users.revokeAccessKey(id, key.id, 'Found in a log')
   */
  revokeAccessKey(id: string, keyId: string, reason: string): Reply<null>
  /**
   * A link to hand over. Whoever opens it is asked first.
   * @example
   * const { data } = await admin.users.createLink(id, { purpose: 'recovery' })
   * show(data?.url)
   */
  createLink(id: string, input: MakeLink): Reply<AdminLink>
  /**
   * Opens an account that too many wrong tries have closed.
   * @example
   * await admin.users.unlock(id)
   */
  unlock(id: string): Reply<null>
}
