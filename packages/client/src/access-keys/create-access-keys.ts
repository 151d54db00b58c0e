import type { AccessKey, AccessKeyPage, CreateAccessKey } from '../api/types.ts'
import type { Outcome } from '../attempt/attempt.ts'
import { idPart } from '../base/encoding.ts'
import { facing, type Reply } from '../base/result.ts'
import type { Client, PageInput } from '../client.ts'
import { insideOf } from '../inside.ts'

/** Personal access tokens: for programs that act for somebody. */
export interface AccessKeys<Throws extends boolean = false> {
  /**
   * Newest first. What they are is not shown again.
   * @example
   * const { data } = await accessKeys.list()
   * for (const { name, lastUsedAt } of data?.items ?? []) show(name, lastUsedAt)
   */
  list(input?: PageInput): Reply<AccessKeyPage, Throws>
  /**
   * Makes one; `key` is shown this once. Needs a recent proof.
   * @example
   * const expiresAt = new Date(Date.now() + 90 * 86_400_000).toISOString()
   * const { data } = await accessKeys.create({ name: 'Deploys', scopes: ['me:read', 'app:deploy'], expiresAt })
   * show(data?.key)
   */
  create(input: CreateAccessKey): Reply<AccessKey, Throws>
  /**
   * Ends one, and the sessions it opened. Needs a recent proof.
   * @example
   * await accessKeys.revoke(id)
   */
  revoke(id: string): Reply<null, Throws>
  /**
   * Opens a session with one, as far as it reaches and for as long as one access token lives: nothing renews it. A program
   * that makes single calls sends the token itself, as `Authorization: Bearer`.
   * @example
   * await accessKeys.signIn(process.env.WATCHWORD_ACCESS_KEY ?? '')
   */
  signIn(key: string): Reply<Outcome<Throws>, Throws>
}

/**
 * Personal access tokens of whoever is signed in with a client.
 * @throws TypeError for what is no client of this package
 * @example
 * const accessKeys = createAccessKeys(auth)
 */
export function createAccessKeys<Throws extends boolean>(client: Client<Throws>): AccessKeys<Throws> {
  const { authorised, attempts, throws } = insideOf(client)
  const path = '/me/access-keys'
  return facing<AccessKeys<Throws>>(
    {
      list: (input?: PageInput) => authorised<AccessKeyPage>({ method: 'GET', path, query: { ...input } }),
      create: (body: CreateAccessKey) => authorised<AccessKey>({ method: 'POST', path, body }),
      revoke: async (id: string) => authorised({ method: 'DELETE', path: `${path}/${idPart(id)}` }),
      signIn: (key: string) => attempts.begin('/sign-in/access-key', { key }),
    },
    throws,
  )
}
