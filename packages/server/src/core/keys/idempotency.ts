import { sameBytes, sha256 } from '../../base/digest.ts'
import { hex } from '../../base/encoding.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { Vault } from '../vault/vault.ts'

export type IdempotencyOutcome =
  | { readonly kind: 'first' }
  /** The same request before: its answer, as it was. */
  | { readonly kind: 'again'; readonly answer: string }
  /** The same request is still running. */
  | { readonly kind: 'running' }
  /** The key was used with another request. */
  | { readonly kind: 'other' }

/** Answers kept for requests that carry an Idempotency-Key: owner of `auth.idempotency_keys`. */
export interface Idempotency {
  begin(caller: string, key: string, request: string): Promise<IdempotencyOutcome>
  finish(caller: string, key: string, answer: string): Promise<void>
  /** The request failed: the key is free again. */
  abandon(caller: string, key: string): Promise<void>
  purge(before: Date): Promise<number>
}

const contextOf = (key: Uint8Array) => `idempotency_keys.answer ${hex(key)}`

/** @param on the database; a transaction would lose the mark of a request that fails */
export function createIdempotency(
  on: Sql,
  deps: { readonly runtime: Pick<Runtime, 'now'>; readonly vault: Vault },
): Idempotency {
  const { runtime, vault } = deps
  const keyOf = (caller: string, key: string) => vault.mac('idempotency', caller, key)
  return {
    async begin(caller, key, request) {
      const digest = sha256(request)
      const rows = await on.query(sql`insert into auth.idempotency_keys (key, request_digest, created_at)
        values (${keyOf(caller, key)}, ${digest}, ${runtime.now()}) on conflict do nothing returning key`)
      if (rows.length > 0) return { kind: 'first' }
      const [row] = await on.query<{ digest: Uint8Array; answer: Uint8Array | null }>(
        sql`select request_digest as digest, answer from auth.idempotency_keys where key = ${keyOf(caller, key)}`,
      )
      if (row === undefined) return { kind: 'running' }
      if (!sameBytes(digest, row.digest)) return { kind: 'other' }
      return row.answer === null
        ? { kind: 'running' }
        : { kind: 'again', answer: vault.open(row.answer, contextOf(keyOf(caller, key))).toString('utf8') }
    },
    async finish(caller, key, answer) {
      const name = keyOf(caller, key)
      const sealed = vault.seal(answer, contextOf(name))
      await on.query(sql`update auth.idempotency_keys set answer = ${sealed} where key = ${name}`)
    },
    async abandon(caller, key) {
      await on.query(sql`delete from auth.idempotency_keys where key = ${keyOf(caller, key)} and answer is null`)
    },
    async purge(before) {
      const rows = await on.query(sql`delete from auth.idempotency_keys where created_at < ${before} returning key`)
      return rows.length
    },
  }
}
