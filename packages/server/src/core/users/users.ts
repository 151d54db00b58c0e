import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import { Duplicate, type Sql } from '../../storage/database.ts'
import { join, json, type Statement, sql } from '../../storage/sql.ts'
import { type JsonObject, type Origin, toUser, type User, type UserRow, userColumns } from './user.ts'

/** An address that may identify a user; both parts are normalised before they come here. */
export type Address = { readonly email: string } | { readonly phone: string }

/** A user to be. Addresses are normalised, the password is hashed. */
export interface NewUser {
  /** Default: a new UUIDv7. */
  readonly id?: string
  readonly email: string | null
  readonly phone: string | null
  readonly emailConfirmedAt?: Date | null
  readonly phoneConfirmedAt?: Date | null
  readonly passwordHash: string | null
  readonly role: string
  readonly roles: readonly string[]
  readonly defaultRole: string
  readonly displayName?: string
  readonly avatarUrl?: string | null
  readonly locale: string
  readonly metadata: JsonObject
  readonly appMetadata: JsonObject
  readonly isAnonymous?: boolean
  /** Managed by an organisation: the address is no way to find the account. */
  readonly isSso?: boolean
  readonly bannedUntil?: Date | null
  readonly invitedAt?: Date | null
  readonly confirmationSentAt?: Date | null
  readonly createdBy: Origin
}

/** What may be changed on a user; absent is left alone. `metadata` and `appMetadata` are replaced whole. */
export type UserChanges = Partial<
  Pick<
    User,
    | 'email'
    | 'phone'
    | 'emailConfirmedAt'
    | 'phoneConfirmedAt'
    | 'pendingEmail'
    | 'pendingPhone'
    | 'role'
    | 'roles'
    | 'defaultRole'
    | 'displayName'
    | 'avatarUrl'
    | 'locale'
    | 'metadata'
    | 'appMetadata'
    | 'isAnonymous'
    | 'bannedUntil'
    | 'deletedAt'
    | 'invitedAt'
    | 'confirmationSentAt'
    | 'recoverySentAt'
    | 'emailChangeSentAt'
    | 'phoneChangeSentAt'
    | 'reauthenticationSentAt'
    | 'lastSignInAt'
  >
> & {
  /** Stored hash; `null` removes the password. Moves `passwordChangedAt`. */
  readonly passwordHash?: string | null
  /** Merged by key at the top level; a `null` value deletes its key. */
  readonly metadataPatch?: JsonObject
  readonly appMetadataPatch?: JsonObject
}

/** A user with what a password is compared with. */
export interface SignInRecord {
  readonly user: User
  readonly passwordHash: string | null
}

/** The accounts: owner of `auth.users`. */
export interface Users {
  find(id: string): Promise<User | undefined>
  findByAddress(address: Address): Promise<User | undefined>
  /** Reads whoever comes first, for a look that must cost the same where nobody is meant. The answer is not for use. */
  findAnybody(): Promise<void>
  /** The user with the stored hash, for the flows that compare a password. */
  findForSignIn(by: Address | { readonly id: string }): Promise<SignInRecord | undefined>
  /** One statement that does as much when the address is taken as when it is free. Answers undefined if it is taken. */
  create(input: NewUser): Promise<User | undefined>
  /**
   * @returns undefined when there is no such user
   * @throws {Duplicate} when an address is taken
   */
  update(id: string, changes: UserChanges): Promise<User | undefined>
  /**
   * Keeps everybody else from the account until the end of the transaction, and reads it as it stands then. What an update
   * answers is older: whoever had to wait for the row sees its neighbours, identities and factors, as they were before.
   */
  lock(id: string): Promise<User | undefined>
  /** Puts a stronger hash of the same password in place, unless somebody changed the password meanwhile. */
  upgradeHash(id: string, from: string, to: string): Promise<void>
  remove(id: string): Promise<boolean>
  /** Guests not seen since, oldest first. Answers how many were removed. */
  purgeAnonymous(notSince: Date, limit: number): Promise<number>
}

const setters: {
  readonly [K in keyof UserChanges]-?: (value: NonNullable<UserChanges[K]> | null, now: Date) => Statement
} = {
  email: (value) => sql`email = ${value}`,
  phone: (value) => sql`phone = ${value}`,
  emailConfirmedAt: (value) => sql`email_confirmed_at = ${value}`,
  phoneConfirmedAt: (value) => sql`phone_confirmed_at = ${value}`,
  pendingEmail: (value) => sql`pending_email = ${value}`,
  pendingPhone: (value) => sql`pending_phone = ${value}`,
  passwordHash: (value, now) => sql`password_hash = ${value}, password_changed_at = ${now}`,
  role: (value) => sql`role = ${value}`,
  roles: (value) => sql`roles = ${value}::text[]`,
  defaultRole: (value) => sql`default_role = ${value}`,
  displayName: (value) => sql`display_name = ${value}`,
  avatarUrl: (value) => sql`avatar_url = ${value}`,
  locale: (value) => sql`locale = ${value}`,
  metadata: (value) => sql`metadata = ${json(value)}::jsonb`,
  appMetadata: (value) => sql`app_metadata = ${json(value)}::jsonb`,
  metadataPatch: (value) =>
    sql`metadata = (metadata || ${json(value)}::jsonb) - array(select e.key from jsonb_each(${json(value)}::jsonb) e where e.value = 'null'::jsonb)`,
  appMetadataPatch: (value) =>
    sql`app_metadata = (app_metadata || ${json(value)}::jsonb) - array(select e.key from jsonb_each(${json(value)}::jsonb) e where e.value = 'null'::jsonb)`,
  isAnonymous: (value) => sql`is_anonymous = ${value}`,
  bannedUntil: (value) => sql`banned_until = ${value}`,
  deletedAt: (value) => sql`deleted_at = ${value}`,
  invitedAt: (value) => sql`invited_at = ${value}`,
  confirmationSentAt: (value) => sql`confirmation_sent_at = ${value}`,
  recoverySentAt: (value) => sql`recovery_sent_at = ${value}`,
  emailChangeSentAt: (value) => sql`email_change_sent_at = ${value}`,
  phoneChangeSentAt: (value) => sql`phone_change_sent_at = ${value}`,
  reauthenticationSentAt: (value) => sql`reauthentication_sent_at = ${value}`,
  lastSignInAt: (value) => sql`last_sign_in_at = ${value}`,
}

const whose = (by: Address | { readonly id: string }): Statement => {
  if ('id' in by) return sql`u.id = ${by.id}::uuid`
  return 'email' in by ? sql`u.email = ${by.email} and not u.is_sso` : sql`u.phone = ${by.phone} and not u.is_sso`
}

/** @param on the database or the transaction this store speaks to */
export function createUsers(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): Users {
  const one = async (by: Address | { readonly id: string }): Promise<User | undefined> => {
    const [row] = await on.query<UserRow>(sql`select ${userColumns} from auth.users u where ${whose(by)}`)
    return row === undefined ? undefined : toUser(row)
  }
  return {
    find: (id) => one({ id }),
    findByAddress: one,
    async findAnybody() {
      const [row] = await on.query<UserRow>(sql`select ${userColumns} from auth.users u limit 1`)
      if (row !== undefined) toUser(row)
    },
    async findForSignIn(by) {
      const [row] = await on.query<UserRow & { passwordHash: string | null }>(
        sql`select ${userColumns}, u.password_hash as "passwordHash" from auth.users u where ${whose(by)}`,
      )
      return row === undefined ? undefined : { user: toUser(row), passwordHash: row.passwordHash }
    },
    async create(input) {
      const [row] = await on.query<UserRow>(insertUser(input, input.id ?? newId(runtime), runtime.now()))
      return row === undefined ? undefined : toUser(row)
    },
    async update(id, changes) {
      const now = runtime.now()
      const sets = Object.entries(changes).flatMap(([name, value]) => {
        const setter = setters[name as keyof UserChanges] as (value: unknown, now: Date) => Statement
        return value === undefined ? [] : [setter(value, now)]
      })
      const [row] = await on.query<UserRow>(
        sql`update auth.users u set ${join([...sets, sql`updated_at = ${now}`], ', ')} where u.id = ${id} returning ${userColumns}`,
      )
      return row === undefined ? undefined : toUser(row)
    },
    async lock(id) {
      // Sent together and done in this order: the second statement begins when the first has the row.
      const locked = on.query(sql`update auth.users set updated_at = ${runtime.now()} where id = ${id}`)
      const [, user] = await Promise.all([locked, one({ id })])
      return user
    },
    async upgradeHash(id, from, to) {
      await on.query(sql`update auth.users set password_hash = ${to} where id = ${id} and password_hash = ${from}`)
    },
    async remove(id) {
      const rows = await on.query(sql`delete from auth.users where id = ${id} returning id`)
      return rows.length > 0
    },
    async purgeAnonymous(notSince, limit) {
      const rows = await on.query(sql`delete from auth.users where id in (
        select id from auth.users u where is_anonymous and updated_at < ${notSince}
          and not exists (select from auth.sessions s where s.user_id = u.id and s.last_used_at >= ${notSince})
        order by updated_at limit ${limit} for update skip locked) returning id`)
      return rows.length
    },
  }
}

/** Whether an update failed because the address belongs to somebody else. */
export function takenField(error: unknown): 'email' | 'phone' | undefined {
  if (!(error instanceof Duplicate)) return undefined
  if (error.index === 'users_email') return 'email'
  return error.index === 'users_phone' ? 'phone' : undefined
}

function insertUser(input: NewUser, id: string, now: Date): Statement {
  return sql`insert into auth.users as u (id, email, phone, email_confirmed_at, phone_confirmed_at, password_hash,
      password_changed_at, role, roles, default_role, display_name, avatar_url, locale, metadata, app_metadata, is_anonymous,
      is_sso, banned_until, invited_at, confirmation_sent_at, created_by, created_at, updated_at)
    values (${id}, ${input.email}, ${input.phone}, ${input.emailConfirmedAt ?? null}, ${input.phoneConfirmedAt ?? null},
      ${input.passwordHash}, ${input.passwordHash === null ? null : now}, ${input.role}, ${input.roles}::text[],
      ${input.defaultRole}, ${input.displayName ?? ''}, ${input.avatarUrl ?? null}, ${input.locale},
      ${json(input.metadata)}::jsonb, ${json(input.appMetadata)}::jsonb, ${input.isAnonymous ?? false}, ${input.isSso ?? false},
      ${input.bannedUntil ?? null}, ${input.invitedAt ?? null}, ${input.confirmationSentAt ?? null},
      ${json(input.createdBy)}::jsonb, ${now}, ${now})
    on conflict do nothing returning ${userColumns}`
}
