import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { later } from '#src/base/duration.ts'
import { decideRotation } from '#src/core/sessions/rotation.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

// Moves of the clock lie ten seconds beside the end of the grace, and what passes by itself is taken back each time:
// however slow the machine, both agree on the time.
const grace = 60
const moves = [0, 25, 50, 75] as const
const settings = { sessions: { ...defaultSettings.sessions, grace } }
const device = { userAgent: 'test', ip: '192.0.2.1' }
const proof = { method: 'password', at: '2026-05-04T12:00:00.000Z', provider: null }
const policy = { grace, idle: settings.sessions.idle }

interface Known {
  usedAt: Date | null
  givenAt: Date
  isVoid: boolean
  successor: string | null
  /** Whether the successor follows from it. */
  isDerived: boolean
  /** The proofs before it stepped up to this one. */
  steppedFrom: number | null
}

const isWithinGrace = (at: Date, now: Date) => now.getTime() - at.getTime() <= grace * 1_000

/** What is said of refresh tokens, in memory. */
class Book {
  readonly rows = new Map<string, Known>()
  /** How many proofs the session rests on. */
  proofs = 1
  private readonly first: string

  constructor(first: string, at: Date) {
    this.first = first
    this.add(first, at)
  }

  private add(token: string, at: Date, steppedFrom: number | null = null): void {
    this.rows.set(token, {
      usedAt: null,
      givenAt: at,
      isVoid: false,
      successor: null,
      isDerived: true,
      steppedFrom,
    })
  }

  private readonly isAlive = (token: string | null) => {
    const row = token === null ? undefined : this.rows.get(token)
    return row !== undefined && row.usedAt === null && !row.isVoid
  }

  /** Those that lead to the living one, or all there ever were. */
  tokens(ofWhich: 'leading' | 'all'): string[] {
    const leading = [...this.rows].flatMap(([token, { successor }]) => (this.isAlive(successor) ? token : []))
    return ofWhich === 'all' || leading.length === 0 ? [...this.rows.keys()] : leading
  }

  /** What has to become of a token. */
  decide(token: string, now: Date, mayBeOlder: boolean) {
    const row = this.rows.get(token) as Known
    const next = row.successor === null ? undefined : this.rows.get(row.successor)
    const facts = {
      usedAt: row.usedAt,
      void: row.isVoid,
      successorUsed: next !== undefined && (next.usedAt !== null || next.isVoid),
      successorGivenAt: next?.givenAt ?? null,
      overtaken: next !== undefined && next.steppedFrom !== null,
      mayBeOlder,
      endsAt: new Date(now.getTime() + 1_000),
      lastUsedAt: now,
      bannedUntil: null,
    }
    return decideRotation(facts, policy, now)
  }

  /** Whether a token is answered with the one it was answered with before. */
  repeats(token: string, decision: string): boolean {
    return decision === 'repeat' && (this.rows.get(token) as Known).isDerived
  }

  /** Writes down that a token was answered with another. */
  answered(token: string, successor: string, decision: string, now: Date): void {
    const row = this.rows.get(token) as Known
    const former = row.successor === null ? undefined : this.rows.get(row.successor)
    if (this.repeats(token, decision)) return void Object.assign(former ?? {}, { givenAt: now })
    if (decision === 'fall') {
      this.fell(token, successor, now)
      return
    }
    if (former !== undefined)
      Object.assign(
        former,
        decision === 'reissue' ? { isVoid: true } : { usedAt: now, successor, isDerived: row.isDerived },
      )
    const replaced = row.successor
    for (const other of this.rows.values())
      if (replaced !== null && other.successor === replaced && isWithinGrace(other.usedAt ?? now, now))
        Object.assign(other, { successor, isDerived: false })
    Object.assign(row, { usedAt: now, successor, isDerived: true })
    this.add(successor, now)
  }

  private fell(token: string, successor: string, now: Date): void {
    const stepped = (this.rows.get(token) as Known).successor ?? ''
    const { steppedFrom } = this.rows.get(stepped) as Known
    for (const [other, row] of this.rows)
      if (other === stepped || row.successor === stepped)
        Object.assign(row, { usedAt: now, successor, isDerived: other === token })
    this.proofs = steppedFrom ?? 0
    this.add(successor, now)
  }

  /** Writes down that the session stepped up to a token. @returns those that are unknown from here on */
  stepped(to: string, now: Date): string[] {
    const [living, head] = [...this.rows].find(([token]) => this.isAlive(token)) ?? ['', undefined]
    const stays = head !== undefined && living !== this.first && isWithinGrace(head.givenAt, now)
    const gone: string[] = []
    for (const [token, row] of this.rows)
      if (stays && !row.isVoid && (token === living || row.successor === living))
        Object.assign(row, { usedAt: now, successor: to, isDerived: false })
      else if (!stays) gone.push(token)
    for (const token of gone) this.rows.delete(token)
    this.add(to, now, stays ? (head.steppedFrom ?? this.proofs) : null)
    this.proofs += 1
    return gone
  }
}

const of = fc.constantFrom('leading', 'leading', 'leading', 'all')
const schedule = fc.array(
  fc.record({
    which: fc.nat(99),
    move: fc.constantFrom(...moves),
    isOther: fc.boolean(),
    mayBeOlder: fc.boolean(),
    of,
    isStep: fc.nat(3),
  }),
  { minLength: 4, maxLength: 14 },
)

describe.each(stores)('refresh tokens on the %s store', (kind) => {
  const held: { rooms?: Rooms; userId: string } = { userId: '' }
  const rooms = (): Rooms => {
    if (held.rooms === undefined) throw new Error('not started')
    return held.rooms
  }
  beforeAll(async () => {
    held.rooms = await startRooms(kind, { settings })
    const actor = { type: 'key', id: 'test' } as const
    held.userId = (await createUser(rooms().core, aCaller(), actor, { email: 'ada@example.test', way: 'admin' })).id
  })
  afterAll(() => held.rooms?.close())

  it('become of what is said of them, whoever shows which of them when, on two processes (S46, S47, S48, S49)', {
    timeout: 240_000,
  }, async () => {
    const { core, other, clock, now, database } = rooms()
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(schedule, async (steps) => {
        const opened = await core.sessions.open({
          userId: held.userId,
          dialect: 'test',
          aal: 'aal1',
          amr: [proof],
          ...device,
        })
        const time = { at: now() }
        const { id } = opened.session
        const book = new Book(opened.refreshToken, time.at)
        for (const { which, move, isOther, mayBeOlder, of, isStep } of steps) {
          time.at = later(time.at, move)
          clock.move((time.at.getTime() - now().getTime()) / 1_000)
          if (isStep === 0) {
            const amr = Array.from({ length: book.proofs + 1 }, () => proof)
            const renewed = await core.transaction((tx) => tx.sessions.renew(id, { amr, older: 'fall' }))
            const [gone] = book.stepped(renewed?.refreshToken ?? '', time.at)
            if (gone !== undefined) expect(await core.sessions.rotate(gone, device)).toEqual({ kind: 'unknown' })
            continue
          }
          const tokens = book.tokens(of)
          const token = tokens[which % tokens.length] ?? ''
          const decision = book.decide(token, time.at, mayBeOlder)
          seen.add(decision)
          const outcome = await (isOther ? other : core).sessions.rotate(token, device, { mayBeOlder })
          if (decision === 'overtaken') {
            expect(outcome).toEqual({ kind: 'unknown' })
            continue
          }
          if (outcome.kind !== 'rotated') {
            expect(outcome).toMatchObject({ kind: 'refused', reason: decision })
            if (decision === 'outlived') continue
            break
          }
          const { refreshToken, session } = outcome
          expect(['rotate', 'repeat', 'reissue', 'relay', 'fall']).toContain(decision)
          const isSame = book.repeats(token, decision)
          expect(book.rows.has(refreshToken)).toBe(isSame)
          if (isSame) expect(refreshToken).toBe(book.rows.get(token)?.successor)
          book.answered(token, refreshToken, decision, time.at)
          const [row] = await database.query(sql`select jsonb_array_length(amr) as proofs, (select count(*)::int
            from auth.refresh_tokens where session_id = ${id} and used_at is null and not void) as live
            from auth.sessions where id = ${id}`)
          expect([row, session.amr.length]).toEqual([{ live: 1, proofs: book.proofs }, book.proofs])
        }
      }),
      { numRuns: 100 },
    )
    const seldom = ['overtaken', 'outlived']
    expect([...seen].filter((each) => !seldom.includes(each)).sort()).toEqual([
      'fall',
      'reissue',
      'relay',
      'repeat',
      'replayed',
      'rotate',
    ])
  })
})
