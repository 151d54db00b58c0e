import { sameBytes, sha256 } from '../../base/digest.ts'
import { later } from '../../base/duration.ts'
import { base64url, uuidShape } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import { type AttemptToken, type LinkToken, type OneTimeCode, type ReturnCode, secret } from '../../base/secrets.ts'
import type { Sql } from '../../storage/database.ts'
import { json, type Statement, sql } from '../../storage/sql.ts'
import type { JsonObject } from '../users/user.ts'
import type { Vault } from '../vault/vault.ts'
import { drawCode } from './codes.ts'
import { type Purpose, type Ticket, ticketColumns } from './ticket.ts'

/** What code a ticket gets. */
export interface CodeShape {
  /** Digits. */
  readonly length: number
  /** How long it lives. */
  readonly seconds: number
  /** The code itself, for numbers that tests use. */
  readonly fixed?: string | undefined
}

/** What a ticket is issued with. */
export interface NewTicket {
  readonly purpose: Exclude<Purpose, 'return'>
  readonly subject: string
  readonly userId: string | null
  readonly sessionId?: string | null
  readonly addressKey?: string | null
  readonly payload?: JsonObject
  /** Seconds the ticket lives. */
  readonly seconds: number
  /** Absent for a ticket without a code. */
  readonly code?: CodeShape
  /** Whether a link may carry it. */
  readonly link?: boolean
  /** A handle that another ticket of the same flow has already. */
  readonly attempt?: AttemptToken
  /** How its handle and its link are written: `uuid` has 128 random bits. Default 256 in base64url. */
  readonly form?: TokenForm | undefined
  /** Its message was held back: a living ticket stays in place, and what comes back is another handle on that one. */
  readonly held?: boolean
}

/** Another handle on a ticket. */
export interface Joined {
  readonly ticket: Ticket
  readonly attempt: AttemptToken
  /** Whether the handle opens the ticket: one too many does not, and drives no other out. */
  readonly kept: boolean
}

/** The secrets of a ticket, which exist here and where they are sent, and nowhere else. */
export interface Issued {
  readonly ticket: Ticket
  readonly code: OneTimeCode | undefined
  readonly link: LinkToken | undefined
  readonly attempt: AttemptToken
}

export type CodeOutcome =
  | { readonly kind: 'right'; readonly ticket: Ticket }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'dead' }

/** Marks of what others have made and may be shown once; they are no secrets of ours. */
const usedOnce = ['id_token', 'wallet_message', 'saml_assertion'] as const
type UsedOnce = (typeof usedOnce)[number]

/** Every one-time secret: owner of `auth.tickets`. */
export interface Tickets {
  /** A new ticket; the one of the same purpose for the same subject dies. */
  issue(input: NewTicket): Promise<Issued>
  /** Another handle on the living ticket of that purpose, for an attempt whose message was held back by a limit. */
  joinAttempt(subject: string, purpose: Purpose): Promise<Joined | undefined>
  /** A fresh code for a living ticket; the old one dies, the count of misses starts anew. */
  recode(id: string, code: CodeShape, link: boolean): Promise<Omit<Issued, 'attempt'> | undefined>
  /** Remembers that something was used, for so many seconds. @returns false where it was used already */
  useOnce(subject: string, purpose: UsedOnce, seconds: number): Promise<boolean>
  findByLink(token: string): Promise<Ticket | undefined>
  findByAttempt(token: string): Promise<Ticket | undefined>
  /** Also a spent or old one, as long as its row is there: so that used and old can be told from unknown. */
  findAnyByAttempt(token: string): Promise<Ticket | undefined>
  /** Also a spent one, so that a second use can be told. */
  findByReturn(code: string): Promise<Ticket | undefined>
  /** A return code that nobody exchanged in its time, as long as its row is there. */
  findLateReturn(code: string): Promise<Ticket | undefined>
  findById(id: string): Promise<Ticket | undefined>
  /** Whatever its state, as long as its row is there: so that used and old can be told from unknown. */
  findAny(id: string): Promise<Ticket | undefined>
  /** A return code's row whatever its state, freshly read. */
  findByReturnId(id: string): Promise<Ticket | undefined>
  /** Living tickets of these purposes sent to an address, newest first. */
  findByAddress(addressKey: string, purposes: readonly Purpose[]): Promise<Ticket[]>
  findBySubject(subject: string, purpose: Purpose): Promise<Ticket | undefined>
  /** Living tickets of one purpose, newest first. */
  list(
    purpose: Purpose,
    page: { readonly limit: number; readonly after?: { readonly at: Date; readonly id: string } },
  ): Promise<Ticket[]>
  /** Gives a handle back; a ticket that nobody else holds one on dies with it. */
  leaveAttempt(token: string): Promise<void>
  /** Compares a typed code; the try is counted before it is compared, so parallel tries cannot exceed the cap. */
  tryCode(id: string, code: string): Promise<CodeOutcome>
  /**
   * Counts a try at a ticket whose answer is compared elsewhere. Answers how many are left after it, or undefined where this
   * one may not be made any more.
   */
  countTry(id: string): Promise<number | undefined>
  /** Uses a ticket up, and answers it as it stands; one caller alone gets it. */
  spend(id: string): Promise<Ticket | undefined>
  /** Remembers what a spent ticket opened. */
  opened(id: string, sessionId: string): Promise<void>
  /** Notes that a link was opened and makes a return code that leads on. */
  openReturn(ticket: Ticket, seconds: number): Promise<ReturnCode>
  patch(id: string, payload: JsonObject): Promise<void>
  /** The same for every living ticket of these purposes that was sent to an address. */
  patchOf(addressKey: string, purposes: readonly Purpose[], payload: JsonObject): Promise<void>
  /** Ends every living ticket of a user, or those of some purposes, or all but those of some. */
  killAll(userId: string, which?: readonly Purpose[] | { readonly spare: readonly Purpose[] }): Promise<void>
  kill(id: string): Promise<void>
  /** Ends the one of that purpose for a subject. */
  killOf(subject: string, purpose: Purpose): Promise<void>
  /** Ends those of everybody that were issued before a moment, so many at a time; what was used once stays used. @returns how many it were */
  killOlder(before: Date, limit: number): Promise<number>
  purge(limit: number): Promise<number>
}

/** More than there can be requests for one subject at the same time, which a process's connections bound. */
const issueTries = 100
/** Attempts that may wait for the code of one message. */
const handlesAtMost = 5

type TokenForm = 'uuid'

const tokenOf = (runtime: Pick<Runtime, 'randomBytes'>, form?: TokenForm) =>
  form === 'uuid' ? uuidShape(runtime.randomBytes(16)) : base64url(runtime.randomBytes(32))

/** A ticket of a session that ended in this very moment. */
function refuseEnded(error: unknown, { sessionId }: Pick<NewTicket, 'sessionId'>): never {
  const isGone = error instanceof Refusal && error.code === 'conflict' && sessionId != null
  throw isGone ? new Refusal('session_not_found', { cause: error }) : error
}

/** @param on the database or the transaction this store speaks to. @param policy tries per code */
export function createTickets(
  on: Sql,
  deps: { readonly runtime: Runtime; readonly vault: Vault; readonly tries: number },
): Tickets {
  const { runtime, vault, tries } = deps
  const codeDigest = (id: string, code: string) => vault.mac('code', id, code)

  const find = async (where: Statement): Promise<Ticket | undefined> => {
    const [row] = await on.query<Ticket>(
      sql`select ${ticketColumns} from auth.tickets t where ${where} order by t.purpose, t.created_at desc limit 1`,
    )
    return row
  }
  const living = () => sql`t.spent_at is null and t.expires_at > ${runtime.now()}`

  const codeOf = ({ length, fixed }: CodeShape): OneTimeCode =>
    fixed === undefined ? drawCode(runtime, length) : secret<OneTimeCode>(fixed)

  /** Answers undefined where another request put its ticket in place meanwhile. */
  const insert = async (input: NewTicket): Promise<Issued | undefined> => {
    const now = runtime.now()
    const id = newId(runtime)
    const attempt = input.attempt ?? secret<AttemptToken>(tokenOf(runtime, input.form))
    const link = input.link === true ? secret<LinkToken>(tokenOf(runtime, input.form)) : undefined
    const code = input.code === undefined ? undefined : codeOf(input.code)
    const codeEnds = input.code === undefined ? null : later(now, Math.min(input.code.seconds, input.seconds))
    const [ticket] = await on.query<Ticket>(sql`
      with dead as (
        delete from auth.tickets where subject = ${input.subject} and purpose = ${input.purpose} and parent_id is null
          and (not ${input.held === true} or spent_at is not null or expires_at <= ${now}) returning id
      )
      insert into auth.tickets as t (id, purpose, subject, user_id, session_id, address_key, link_digest, code_digest,
        attempt_digests, payload, code_expires_at, expires_at, created_at)
      select ${id}::uuid, ${input.purpose}, ${input.subject}, ${input.userId}::uuid, ${input.sessionId ?? null}::uuid,
        ${input.addressKey ?? null}, ${link === undefined ? null : sha256(link)}::bytea,
        ${code === undefined ? null : codeDigest(id, code)}::bytea, array[${sha256(attempt)}::bytea],
        ${json(input.payload ?? {})}::jsonb, ${codeEnds}::timestamptz, ${later(now, input.seconds)}::timestamptz, ${now}::timestamptz
      from (select count(*) from dead) as first
      on conflict (subject, purpose) where parent_id is null do nothing
      returning ${ticketColumns}`)
    return ticket === undefined ? undefined : { ticket, code, link, attempt }
  }

  const joinAttempt = async (subject: string, purpose: Purpose): Promise<Joined | undefined> => {
    const attempt = secret<AttemptToken>(tokenOf(runtime))
    const digest = sha256(attempt)
    const [row] = await on.query<Ticket & { kept: boolean }>(sql`
      update auth.tickets t set attempt_digests = case when cardinality(t.attempt_digests) < ${handlesAtMost}::int
        then t.attempt_digests || array[${digest}::bytea] else t.attempt_digests end
      where t.subject = ${subject} and t.purpose = ${purpose} and ${living()}
      returning ${ticketColumns}, t.attempt_digests @> array[${digest}::bytea] as kept`)
    if (row === undefined) return undefined
    const { kept, ...ticket } = row
    return { ticket, attempt, kept }
  }

  return {
    async issue(input) {
      // Of several at once for one subject each waits for the one before it, tries again and replaces it. A failed
      // insert would end the transaction around it, so the conflict is looked for and not run into.
      for (let tries = 0; tries < issueTries; tries += 1) {
        const issued = await insert(input).catch((error: unknown) => refuseEnded(error, input))
        if (issued !== undefined) return issued
        const joined = input.held === true ? await joinAttempt(input.subject, input.purpose) : undefined
        if (joined !== undefined) return { ...joined, code: undefined, link: undefined }
      }
      throw new Refusal('unavailable', { retryAfter: 1 })
    },
    joinAttempt,
    async recode(id, shape, withLink) {
      const now = runtime.now()
      const code = codeOf(shape)
      const link = withLink ? secret<LinkToken>(tokenOf(runtime)) : undefined
      const [ticket] = await on.query<Ticket>(sql`
        update auth.tickets t set code_digest = ${codeDigest(id, code)}, misses = 0,
          code_expires_at = least(t.expires_at, ${later(now, shape.seconds)}::timestamptz), link_digest = ${link === undefined ? null : sha256(link)}
        where t.id = ${id} and ${living()} returning ${ticketColumns}`)
      return ticket === undefined ? undefined : { ticket, code, link }
    },
    async useOnce(subject, purpose, seconds) {
      const now = runtime.now()
      const ends = later(now, seconds)
      const rows = await on.query(sql`
        insert into auth.tickets as t (id, purpose, subject, expires_at, created_at)
        values (${newId(runtime)}, ${purpose}, ${subject}, ${ends}, ${now})
        on conflict (subject, purpose) where parent_id is null do update set expires_at = ${ends}
          where t.expires_at <= ${now} returning id`)
      return rows.length > 0
    },
    findByLink: (token) => find(sql`t.link_digest = ${sha256(token)} and ${living()}`),
    findByAttempt: (token) => find(sql`t.attempt_digests @> array[${sha256(token)}::bytea] and ${living()}`),
    findAnyByAttempt: (token) => find(sql`t.attempt_digests @> array[${sha256(token)}::bytea]`),
    findByReturn: (code) => find(sql`t.return_digest = ${sha256(code)} and t.expires_at > ${runtime.now()}`),
    findLateReturn: (code) =>
      find(sql`t.return_digest = ${sha256(code)} and t.expires_at <= ${runtime.now()} and t.spent_at is null`),
    findByReturnId: (id) => find(sql`t.id = ${id} and t.return_digest is not null`),
    findAny: (id) => find(sql`t.id = ${id}`),
    findById: (id) => find(sql`t.id = ${id} and ${living()}`),
    findBySubject: (subject, purpose) => find(sql`t.subject = ${subject} and t.purpose = ${purpose} and ${living()}`),
    findByAddress: (addressKey, purposes) =>
      on.query<Ticket>(sql`select ${ticketColumns} from auth.tickets t
        where t.address_key = ${addressKey} and t.purpose = any(${purposes}::text[]) and ${living()} order by t.created_at desc limit 5`),
    list(purpose, { limit, after }) {
      const beyond = after === undefined ? sql`true` : sql`(t.created_at, t.id) < (${after.at}, ${after.id}::uuid)`
      return on.query<Ticket>(sql`select ${ticketColumns} from auth.tickets t
        where t.purpose = ${purpose} and ${living()} and ${beyond} order by t.created_at desc, t.id desc limit ${limit}`)
    },
    async leaveAttempt(token) {
      const digest = sha256(token)
      await on.query(
        sql`delete from auth.tickets where attempt_digests @> array[${digest}::bytea] and cardinality(attempt_digests) = 1`,
      )
      await on.query(sql`update auth.tickets set attempt_digests = array_remove(attempt_digests, ${digest}::bytea)
        where attempt_digests @> array[${digest}::bytea]`)
    },
    async tryCode(id, code) {
      const now = runtime.now()
      const [row] = await on.query<Ticket & { codeDigest: Uint8Array | null }>(sql`
        update auth.tickets t set misses = misses + 1
        where t.id = ${id} and ${living()} and t.code_expires_at > ${now} and t.misses < ${tries}
        returning ${ticketColumns}, t.code_digest as "codeDigest"`)
      if (row === undefined) return { kind: 'dead' }
      const { codeDigest: stored, ...ticket } = row
      if (stored !== null && sameBytes(codeDigest(id, code), stored)) return { kind: 'right', ticket }
      return { kind: 'wrong', triesLeft: tries - row.misses }
    },
    async countTry(id) {
      const [row] = await on.query<{ misses: number }>(sql`
        update auth.tickets t set misses = misses + 1 where t.id = ${id} and ${living()} and t.misses < ${tries} returning t.misses`)
      return row === undefined ? undefined : tries - row.misses
    },
    async spend(id) {
      const [row] = await on.query<Ticket>(
        sql`update auth.tickets t set spent_at = ${runtime.now()} where t.id = ${id} and ${living()} returning ${ticketColumns}`,
      )
      return row
    },
    async opened(id, sessionId) {
      await on.query(sql`update auth.tickets set opened_session = ${sessionId} where id = ${id}`)
    },
    async openReturn(ticket, seconds) {
      const now = runtime.now()
      const code = secret<ReturnCode>(uuidShape(runtime.randomBytes(16)))
      await on.query(sql`
        with opened as (update auth.tickets set link_opened_at = coalesce(link_opened_at, ${now}) where id = ${ticket.id} returning id)
        insert into auth.tickets (id, purpose, subject, user_id, session_id, parent_id, return_digest, payload, expires_at, created_at)
        select ${newId(runtime)}::uuid, 'return', ${ticket.subject}, ${ticket.userId}::uuid, ${ticket.sessionId}::uuid, opened.id,
          ${sha256(code)}::bytea, ${json(ticket.payload)}::jsonb, ${later(now, seconds)}::timestamptz, ${now}::timestamptz from opened`)
      return code
    },
    async patch(id, payload) {
      await on.query(sql`update auth.tickets set payload = payload || ${json(payload)}::jsonb where id = ${id}`)
    },
    async patchOf(addressKey, purposes, payload) {
      await on.query(sql`update auth.tickets t set payload = payload || ${json(payload)}::jsonb
        where t.address_key = ${addressKey} and t.purpose = any(${purposes}::text[]) and ${living()}`)
    },
    async killAll(userId, which = { spare: [] }) {
      const dying =
        'spare' in which ? sql`purpose <> all(${which.spare}::text[])` : sql`purpose = any(${which}::text[])`
      await on.query(sql`delete from auth.tickets where user_id = ${userId} and spent_at is null and ${dying}`)
    },
    async kill(id) {
      await on.query(sql`delete from auth.tickets where id = ${id}`)
    },
    async killOf(subject, purpose) {
      await on.query(
        sql`delete from auth.tickets where subject = ${subject} and purpose = ${purpose} and parent_id is null`,
      )
    },
    async killOlder(before, limit) {
      const rows = await on.query(sql`delete from auth.tickets where id in (
        select id from auth.tickets where created_at < ${before} and spent_at is null and purpose <> all(${usedOnce}::text[])
        limit ${limit}) returning id`)
      return rows.length
    },
    async purge(limit) {
      const rows = await on.query(sql`delete from auth.tickets where id in (
        select id from auth.tickets where expires_at < ${runtime.now()} limit ${limit}) returning id`)
      return rows.length
    },
  }
}
