import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import { Duplicate, type Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { Assertion, Credential, NewCredential } from './ceremonies.ts'

/** A stored credential, and whose it is. */
export interface Passkey extends Credential {
  readonly factorId: string
  readonly userId: string
  /** Whether it may sign in alone. */
  readonly signsIn: boolean
}

/** WebAuthn credentials: owner of `auth.passkeys`. What they are called and whether they protect stands with their factor. */
export interface Passkeys {
  /** @throws Refusal `conflict` (`details.reason` `credential`) when somebody has that credential already */
  add(
    input: NewCredential & { readonly factorId: string; readonly userId: string; readonly signsIn: boolean },
  ): Promise<void>
  findByCredential(id: Uint8Array): Promise<Passkey | undefined>
  listOf(userId: string): Promise<Passkey[]>
  /** Notes that it was used; false when another use with this counter, or a later one, was faster. */
  use(factorId: string, assertion: Assertion): Promise<boolean>
}

const columns = sql`p.factor_id as "factorId", p.user_id as "userId", p.credential_id as id, p.public_key as "publicKey",
  p.sign_count as "signCount", p.transports, p.signs_in as "signsIn"`

type Row = Omit<Passkey, 'signCount'> & { readonly signCount: number | string | bigint }

/** @param on the database or the transaction this store speaks to */
export function createPasskeys(on: Sql, runtime: Pick<Runtime, 'now'>): Passkeys {
  const toPasskey = (row: Row): Passkey => ({ ...row, signCount: Number(row.signCount) })
  return {
    async add(input) {
      const { factorId, userId, id, publicKey, signCount, transports, aaguid, backupEligible, backedUp, signsIn } =
        input
      await on
        .query(sql`insert into auth.passkeys (factor_id, user_id, credential_id, public_key, sign_count, transports, aaguid,
          backup_eligible, backed_up, signs_in, created_at)
          values (${factorId}, ${userId}, ${id}, ${publicKey}, ${signCount}, ${transports}::text[], ${aaguid}::uuid,
          ${backupEligible}, ${backedUp}, ${signsIn}, ${runtime.now()})`)
        .catch((error: unknown) => {
          throw error instanceof Duplicate ? credentialKnown() : error
        })
    },
    async findByCredential(id) {
      const [row] = await on.query<Row>(sql`select ${columns} from auth.passkeys p where p.credential_id = ${id}`)
      return row === undefined ? undefined : toPasskey(row)
    },
    async listOf(userId) {
      const rows = await on.query<Row>(
        sql`select ${columns} from auth.passkeys p where p.user_id = ${userId} order by p.created_at, p.factor_id`,
      )
      return rows.map(toPasskey)
    },
    async use(factorId, { signCount, backedUp }) {
      const rows = await on.query(sql`update auth.passkeys set sign_count = ${signCount}, backed_up = ${backedUp}
        where factor_id = ${factorId} and (sign_count < ${signCount} or (sign_count = 0 and ${signCount}::bigint = 0))
        returning factor_id`)
      return rows.length > 0
    },
  }
}

/** A credential belongs to one account, once. */
export const credentialKnown = (): Refusal =>
  new Refusal('conflict', { message: 'This passkey is registered already.', details: { reason: 'credential' } })
