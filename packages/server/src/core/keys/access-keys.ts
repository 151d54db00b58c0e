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
    readonly metadata: JsonObject
    readonly expiresAt: Date
  }): Promise<AccessKey>
  /** The living key with this text; that it was used is noted. */
  use(text: string): Promise<AccessKey | undefined>
  count(userId: string): Promise<number>
  /** Ends the key with this text, whoever shows it. @returns it, if there was one */
  revokeText(text: string): Promise<AccessKey | undefined>
  revokeAll(userId: string): Promise<void>
  /** Takes those away that have ended. */
  purge(limit: number): Promise<number>
}

const columns = sql`id, user_id as "userId", name, hint, metadata, expires_at as "expiresAt", last_used_at as "lastUsedAt",
  created_at as "createdAt"`

/** @param on the database or the transaction this store speaks to */
export function createAccessKeys(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): AccessKeys {
  return {
    async add({ userId, text, name, metadata, expiresAt }) {
      const [row] = await on.query<AccessKey>(sql`
        insert into auth.access_keys (id, user_id, name, hint, digest, metadata, expires_at, created_at)
        values (${newId(runtime)}, ${userId}, ${name}, ${text.slice(-4)}, ${sha256(text)}, ${json(metadata)}::jsonb, ${expiresAt},
          ${runtime.now()}) returning ${columns}`)
      if (row === undefined) throw new Error('an access key was inserted and not returned')
      return row
    },
    async use(text) {
      const now = runtime.now()
      const [row] = await on.query<AccessKey>(sql`update auth.access_keys set last_used_at = ${now}
        where digest = ${sha256(text)} and expires_at > ${now} returning ${columns}`)
      return row
    },
    async count(userId) {
      const [row] = await on.query<{ count: number }>(sql`select count(*)::int as count from auth.access_keys
        where user_id = ${userId} and expires_at > ${runtime.now()}`)
      return row?.count ?? 0
    },
    async revokeText(text) {
      const [row] = await on.query<AccessKey>(
        sql`delete from auth.access_keys where digest = ${sha256(text)} returning ${columns}`,
      )
      return row
    },
    async revokeAll(userId) {
      await on.query(sql`delete from auth.access_keys where user_id = ${userId}`)
    },
    async purge(limit) {
      const rows = await on.query(sql`delete from auth.access_keys where id in (
        select id from auth.access_keys where expires_at < ${runtime.now()} limit ${limit}) returning id`)
      return rows.length
    },
  }
}
