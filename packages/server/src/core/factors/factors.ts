import { sameBytes, sha256 } from '../../base/digest.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { join, sql } from '../../storage/sql.ts'
import type { Factor, FactorType } from '../users/factor.ts'
import type { Vault } from '../vault/vault.ts'

/** What a factor is made with. */
export interface NewFactor {
  readonly userId: string
  readonly type: FactorType
  readonly name: string
  readonly status: Factor['status']
  /** The seed of a TOTP factor. */
  readonly seed?: Uint8Array
  /** E.164. */
  readonly phone?: string
}

/** Second factors: owner of `auth.factors`. Reading goes with the user; see `userColumns`. */
export interface Factors {
  /** Whether somebody must prove more than the way in, as it stands at this moment. */
  protects(userId: string): Promise<boolean>
  /** @returns its id */
  add(input: NewFactor): Promise<string>
  /** Its seed, or undefined where it has none or the stored one does not open. */
  seedOf(id: string): Promise<Buffer | undefined>
  /** From here on it protects. */
  verify(id: string): Promise<void>
  /** Takes a time step for used; false when it, or a later one, was used before. */
  useStep(id: string, step: number): Promise<boolean>
  /** Puts new recovery codes in place; older ones are dead. */
  putCodes(id: string, codes: readonly string[]): Promise<void>
  /** Whether a recovery code is one of those left. @returns what {@link useCode} takes it away by */
  findCode(id: string, code: string): Promise<Uint8Array | undefined>
  /** Takes a recovery code away; false when another was faster. */
  useCode(id: string, stored: Uint8Array): Promise<boolean>
  noteUsed(id: string): Promise<void>
  noteChallenged(id: string): Promise<void>
  change(id: string, change: { readonly name?: string; readonly phone?: string }): Promise<void>
  /** Also false where it is somebody else's. */
  remove(userId: string, id: string): Promise<boolean>
  /** Takes those away that were begun and never proved. */
  removeUnverified(
    userId: string,
    which: { readonly type?: FactorType; readonly phone?: string; readonly unaskedSince?: Date },
  ): Promise<void>
  removeAll(userId: string): Promise<void>
  /** Takes unverified ones away that are older than this. */
  purge(olderThan: Date, limit: number): Promise<number>
}

const seedContext = (id: string): string => `factors/${id}/secret`
const codesContext = (id: string): string => `factors/${id}/codes`

/** @param on the database or the transaction this store speaks to */
export function createFactors(on: Sql, deps: { readonly runtime: Runtime; readonly vault: Vault }): Factors {
  const { runtime, vault } = deps
  /** A value that does not open, because it was moved or its key is gone, is worth nothing; whoever runs this is told. */
  const open = (sealed: Uint8Array, context: string): Buffer | undefined => {
    try {
      return vault.open(sealed, context)
    } catch (error) {
      runtime.log.error({ context, reason: String(error) }, 'a second factor cannot be opened')
      return undefined
    }
  }
  return {
    async protects(userId) {
      const rows = await on.query(sql`select 1 as one from auth.factors
        where user_id = ${userId} and status = 'verified' and type not in ('recovery_code', 'passkey') limit 1`)
      return rows.length > 0
    },
    async add({ userId, type, name, status, seed, phone }) {
      const id = newId(runtime)
      const now = runtime.now()
      await on.query(sql`insert into auth.factors (id, user_id, type, name, status, secret, phone, created_at, updated_at)
        values (${id}, ${userId}, ${type}, ${name}, ${status}, ${seed === undefined ? null : vault.seal(seed, seedContext(id))},
          ${phone ?? null}, ${now}, ${now})`)
      return id
    },
    async seedOf(id) {
      const [row] = await on.query<{ secret: Uint8Array | null }>(sql`select secret from auth.factors where id = ${id}`)
      return row?.secret == null ? undefined : open(row.secret, seedContext(id))
    },
    async verify(id) {
      await on.query(
        sql`update auth.factors set status = 'verified', updated_at = ${runtime.now()} where id = ${id} and status = 'unverified'`,
      )
    },
    async useStep(id, step) {
      const now = runtime.now()
      const rows = await on.query(sql`update auth.factors set last_step = ${step}, last_used_at = ${now}
        where id = ${id} and (last_step is null or last_step < ${step}) returning id`)
      return rows.length > 0
    },
    async putCodes(id, codes) {
      const sealed = codes.map((code) => vault.seal(sha256(code), codesContext(id)))
      await on.query(sql`update auth.factors set codes = ${sealed}::bytea[], codes_total = ${codes.length},
        updated_at = ${runtime.now()} where id = ${id}`)
    },
    async findCode(id, code) {
      const [row] = await on.query<{ codes: readonly Uint8Array[] }>(
        sql`select codes from auth.factors where id = ${id} and type = 'recovery_code'`,
      )
      const typed = sha256(code)
      const fits = (sealed: Uint8Array) => {
        const opened = open(sealed, codesContext(id))
        return opened !== undefined && sameBytes(opened, typed)
      }
      // All are looked at, so that the time does not tell which it was.
      return (row?.codes ?? []).filter(fits)[0]
    },
    async useCode(id, stored) {
      const now = runtime.now()
      const rows =
        await on.query(sql`update auth.factors set codes = array_remove(codes, ${stored}::bytea), last_used_at = ${now}
        where id = ${id} and codes @> array[${stored}::bytea] returning id`)
      return rows.length > 0
    },
    async noteUsed(id) {
      await on.query(sql`update auth.factors set last_used_at = ${runtime.now()} where id = ${id}`)
    },
    async noteChallenged(id) {
      await on.query(sql`update auth.factors set last_challenged_at = ${runtime.now()} where id = ${id}`)
    },
    async change(id, { name, phone }) {
      const sets = [
        ...(name === undefined ? [] : [sql`name = ${name}`]),
        ...(phone === undefined ? [] : [sql`phone = ${phone}`]),
        sql`updated_at = ${runtime.now()}`,
      ]
      await on.query(sql`update auth.factors set ${join(sets, ', ')} where id = ${id}`)
    },
    async remove(userId, id) {
      const rows = await on.query(sql`delete from auth.factors where id = ${id} and user_id = ${userId} returning id`)
      return rows.length > 0
    },
    async removeUnverified(userId, { type, phone, unaskedSince }) {
      const conditions = [
        sql`user_id = ${userId} and status = 'unverified'`,
        ...(type === undefined ? [] : [sql`type = ${type}`]),
        ...(phone === undefined ? [] : [sql`phone = ${phone}`]),
        ...(unaskedSince === undefined ? [] : [sql`last_challenged_at is null and created_at < ${unaskedSince}`]),
      ]
      await on.query(sql`delete from auth.factors where ${join(conditions, ' and ')}`)
    },
    async removeAll(userId) {
      await on.query(sql`delete from auth.factors where user_id = ${userId}`)
    },
    async purge(olderThan, limit) {
      const rows = await on.query(sql`delete from auth.factors where id in (
        select id from auth.factors where status = 'unverified' and created_at < ${olderThan} limit ${limit}) returning id`)
      return rows.length
    },
  }
}
