import { sha256 } from '../../base/digest.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { json, sql } from '../../storage/sql.ts'
import type { JsonObject } from '../users/user.ts'

/** A long-lived personal token, as its owner may see it. */
export interface AccessKey {
  readonly id: string
  readonly userId: string
  readonly name: string
  /** The last characters, enough to recognise it. */
  readonly hint: string
  /** `null`: as far as a session reaches, save for the account's credentials. */
  readonly scopes: readonly string[] | null
  readonly metadata: JsonObject
  readonly expiresAt: Date
  readonly lastUsedAt: Date | null
  readonly createdAt: Date
}

/** Personal access tokens: owner of `auth.access_keys`. Of the tokens themselves only digests are kept. */
export interface AccessKeys {
  /** @param input.text the token, at least 122 random bits, which nobody sees again */
  add(input: {
    readonly userId: string
    readonly text: string
    readonly name: string
    readonly scopes: readonly string[] | null
    readonly metadata: JsonObject
    readonly expiresAt: Date
  }): Promise<AccessKey>
  /** The living key with this text. */
  find(text: string): Promise<AccessKey | undefined>
  /** Notes that a living key was used; in a transaction it is locked by that. @returns it as it stands now */
  use(id: string): Promise<AccessKey | undefined>
  /** Living ones, newest first. */
  list(
    userId: string,
    page: { readonly limit: number; readonly after?: { readonly at: Date; readonly id: string } },
  ): Promise<AccessKey[]>
  count(userId: string): Promise<number>
  /** @returns it, if there was one of theirs */
  revoke(userId: string, id: string): Promise<AccessKey | undefined>
  revokeAll(userId: string): Promise<void>
  /** Revokes those of everybody that were made before a moment, with what they opened, so many at a time. @returns how many it were */
  revokeOlder(before: Date, limit: number): Promise<number>
  /** Takes those away that have ended. */
  purge(limit: number): Promise<number>
}

const columns = sql`id, user_id as "userId", name, hint, scopes, metadata, expires_at as "expiresAt", last_used_at as "lastUsedAt",
  created_at as "createdAt"`

/** @param on the database or the transaction this store speaks to */
export function createAccessKeys(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): AccessKeys {
  return {
    async add({ userId, text, name, scopes, metadata, expiresAt }) {
      const [row] = await on.query<AccessKey>(sql`
        insert into auth.access_keys (id, user_id, name, hint, digest, scopes, metadata, expires_at, created_at)
        values (${newId(runtime)}, ${userId}, ${name}, ${text.slice(-4)}, ${sha256(text)}, ${scopes}::text[], ${json(metadata)}::jsonb,
          ${expiresAt}, ${runtime.now()}) returning ${columns}`)
      if (row === undefined) throw new Error('an access key was inserted and not returned')
      return row
    },
    async find(text) {
      const [row] = await on.query<AccessKey>(
        sql`select ${columns} from auth.access_keys where digest = ${sha256(text)} and expires_at > ${runtime.now()}`,
      )
      return row
    },
    async use(id) {
      const now = runtime.now()
      const [row] = await on.query<AccessKey>(
        sql`update auth.access_keys set last_used_at = ${now} where id = ${id} and expires_at > ${now} returning ${columns}`,
      )
      return row
    },
    list(userId, { limit, after }) {
      const beyond = after === undefined ? sql`true` : sql`(created_at, id) < (${after.at}, ${after.id}::uuid)`
      return on.query<AccessKey>(sql`select ${columns} from auth.access_keys
        where user_id = ${userId} and expires_at > ${runtime.now()} and ${beyond} order by created_at desc, id desc limit ${limit}`)
    },
    async count(userId) {
      const [row] = await on.query<{ count: number }>(sql`select count(*)::int as count from auth.access_keys
        where user_id = ${userId} and expires_at > ${runtime.now()}`)
      return row?.count ?? 0
    },
    async revoke(userId, id) {
      const [row] = await on.query<AccessKey>(
        sql`delete from auth.access_keys where id = ${id} and user_id = ${userId} returning ${columns}`,
      )
      return row
    },
    async revokeAll(userId) {
      await on.query(sql`delete from auth.access_keys where user_id = ${userId}`)
    },
    async revokeOlder(before, limit) {
      const rows = await on.query(sql`delete from auth.access_keys where id in (
        select id from auth.access_keys where created_at < ${before} limit ${limit}) returning id`)
      return rows.length
    },
    async purge(limit) {
      const rows = await on.query(sql`delete from auth.access_keys where id in (
        select id from auth.access_keys where expires_at < ${runtime.now()} limit ${limit}) returning id`)
      return rows.length
    },
  }
}
