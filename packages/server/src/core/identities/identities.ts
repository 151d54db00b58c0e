import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { json, sql } from '../../storage/sql.ts'
import type { Identity, JsonObject } from '../users/user.ts'

/** What is known about an identity when it is put in place. */
export interface NewIdentity {
  readonly userId: string
  readonly provider: string
  readonly subject: string
  readonly email: string | null
  readonly data: JsonObject
  readonly lastSignInAt?: Date | null
  /** Whether what was known of the pair and is not said anew stays. Default no. */
  readonly keeps?: boolean
}

/** Who somebody is elsewhere: owner of `auth.identities`. Reading goes with the user; see `userColumns`. */
export interface Identities {
  /**
   * Puts an identity in place: a new one, or what is now known about (provider, subject).
   * @returns undefined when that pair belongs to another user
   */
  put(input: NewIdentity): Promise<Pick<Identity, 'id'> | undefined>
  /** Whose identity a pair is. */
  findOwner(provider: string, subject: string): Promise<{ readonly id: string; readonly userId: string } | undefined>
  /** Whether anybody is connected with a provider. */
  hasAnyOf(provider: string): Promise<boolean>
  /** Marks the user's own e-mail identity as proved. */
  markEmailVerified(userId: string, email: string): Promise<void>
  /** Marks the user's own phone identity as proved. */
  markPhoneVerified(userId: string): Promise<void>
  remove(userId: string, id: string): Promise<boolean>
  removeAll(userId: string, except?: { readonly provider: string; readonly id?: string | undefined }): Promise<void>
}

/** @param on the database or the transaction this store speaks to */
export function createIdentities(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): Identities {
  return {
    async put(input) {
      const now = runtime.now()
      const [row] = await on.query<{ id: string }>(sql`
        insert into auth.identities as i (id, user_id, provider, subject, email, data, last_sign_in_at, created_at, updated_at)
        select ${newId(runtime)}::uuid, ${input.userId}::uuid, ${input.provider}, ${input.subject}, ${input.email},
          ${json(input.data)}::jsonb, ${input.lastSignInAt ?? now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
        where exists (select from auth.users where id = ${input.userId}::uuid)
        on conflict (provider, subject) do update
          set email = excluded.email, last_sign_in_at = excluded.last_sign_in_at, updated_at = excluded.updated_at,
            data = case when ${input.keeps ?? false}::boolean then i.data else '{}'::jsonb end || excluded.data
          where i.user_id = excluded.user_id
        returning id`)
      return row
    },
    async findOwner(provider, subject) {
      const [row] = await on.query<{ id: string; userId: string }>(
        sql`select id, user_id as "userId" from auth.identities where provider = ${provider} and subject = ${subject}`,
      )
      return row
    },
    async hasAnyOf(provider) {
      const rows = await on.query(sql`select 1 as one from auth.identities where provider = ${provider} limit 1`)
      return rows.length > 0
    },
    async markEmailVerified(userId, email) {
      await on.query(sql`update auth.identities
        set data = data || jsonb_build_object('email', ${email}::text, 'email_verified', true), email = ${email}, updated_at = ${runtime.now()}
        where user_id = ${userId} and provider = 'email'`)
    },
    async markPhoneVerified(userId) {
      await on.query(sql`update auth.identities
        set data = data || jsonb_build_object('phone_verified', true), updated_at = ${runtime.now()}
        where user_id = ${userId} and provider = 'phone'`)
    },
    async remove(userId, id) {
      const rows = await on.query(
        sql`delete from auth.identities where id = ${id} and user_id = ${userId} returning id`,
      )
      return rows.length > 0
    },
    async removeAll(userId, except) {
      await on.query(
        sql`delete from auth.identities where user_id = ${userId} and provider is distinct from ${except?.provider ?? null}::text
          and id is distinct from ${except?.id ?? null}::uuid`,
      )
    },
  }
}
