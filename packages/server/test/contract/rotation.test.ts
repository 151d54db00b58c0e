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
const policy = { grace, idle: settings.sessions.idle }

interface Known {
  usedAt: Date | null
  givenAt: Date
  isVoid: boolean
  successor: string | null
}

/** What is said of refresh tokens, in memory. */
class Book {
  readonly rows = new Map<string, Known>()

  add(token: string, givenAt: Date): void {
    this.rows.set(token, { usedAt: null, givenAt, isVoid: false, successor: null })
  }

  /** Those that lead to the living one, or all there ever were. */
  tokens(ofWhich: 'leading' | 'all'): string[] {
    const isAlive = (token: string | null) => {
      const row = token === null ? undefined : this.rows.get(token)
      return row !== undefined && row.usedAt === null && !row.isVoid
    }
    const leading = [...this.rows].flatMap(([token, { successor }]) => (isAlive(successor) ? token : []))
    return ofWhich === 'all' || leading.length === 0 ? [...this.rows.keys()] : leading
  }

  /** What has to become of a token. */
  decide(token: string, now: Date) {
    const row = this.rows.get(token) as Known
    const next = row.successor === null ? undefined : this.rows.get(row.successor)
    const facts = {
      usedAt: row.usedAt,
      void: row.isVoid,
      successorUsed: next !== undefined && (next.usedAt !== null || next.isVoid),
      successorGivenAt: next?.givenAt ?? null,
      endsAt: new Date(now.getTime() + 1_000),
      lastUsedAt: now,
      bannedUntil: null,
    }
    return decideRotation(facts, policy, now)
  }

  /** Writes down that a token was answered with another. */
  answered(token: string, successor: string, decision: string, now: Date): void {
    const row = this.rows.get(token) as Known
    const former = row.successor === null ? undefined : this.rows.get(row.successor)
    if (decision === 'repeat') return void Object.assign(former ?? {}, { givenAt: now })
    if (former !== undefined)
      Object.assign(former, decision === 'relay' ? { usedAt: now, successor } : { isVoid: true })
    Object.assign(row, { usedAt: now, successor })
    this.add(successor, now)
  }
}

const of = fc.constantFrom('leading', 'leading', 'leading', 'all')
const schedule = fc.array(
  fc.record({ which: fc.nat(99), move: fc.constantFrom(...moves), isOther: fc.boolean(), of }),
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

  it('become of what is said of them, whoever shows which of them when, on two processes (S46, S47, S48)', {
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
          amr: [],
          ...device,
        })
        const book = new Book()
        const time = { at: now() }
        book.add(opened.refreshToken, time.at)
        for (const { which, move, isOther, of } of steps) {
          time.at = later(time.at, move)
          clock.move((time.at.getTime() - now().getTime()) / 1_000)
          const tokens = book.tokens(of)
          const token = tokens[which % tokens.length] ?? ''
          const decision = book.decide(token, time.at)
          seen.add(decision)
          const outcome = await (isOther ? other : core).sessions.rotate(token, device)
          if (outcome.kind !== 'rotated') {
            expect(outcome).toMatchObject({ kind: 'refused', reason: decision })
            break
          }
          const { refreshToken } = outcome
          expect(['rotate', 'repeat', 'reissue', 'relay']).toContain(decision)
          expect(book.rows.has(refreshToken)).toBe(decision === 'repeat')
          if (decision === 'repeat') expect(refreshToken).toBe(book.rows.get(token)?.successor)
          book.answered(token, refreshToken, decision, time.at)
          const [row] = await database.query(sql`select count(*)::int as live from auth.refresh_tokens
            where session_id = ${opened.session.id} and used_at is null and not void`)
          expect(row).toEqual({ live: 1 })
        }
      }),
      { numRuns: 50 },
    )
    expect([...seen].sort()).toEqual(['reissue', 'relay', 'repeat', 'replayed', 'rotate'])
  })
})
