import type { Complete } from '../../src/api/types.ts'
import { AuthError } from '../../src/base/auth-error.ts'

/** The server's own decision; its types and those of browsers meet at run time. */
const place = '../../../server/src/core/sessions/rotation.ts'
const { decideRotation } = (await import(/* @vite-ignore */ place)) as {
  decideRotation(facts: Facts, policy: { grace: number; idle: number }, now: Date): string
}

interface Facts {
  usedAt: Date | null
  void: boolean
  successorUsed: boolean
  successorGivenAt: Date | null
  overtaken: boolean
  mayBeOlder: boolean
  endsAt: Date
  lastUsedAt: Date
  bannedUntil: null
}

interface Row {
  /** When it was last handed out. */
  givenAt: Date
  usedAt: Date | null
  isVoid: boolean
  successor: string | null
  /** Whether the successor follows from it, and can be given again. */
  isDerived: boolean
  /** The one that a sign-in was answered with. */
  readonly isFirst: boolean
  readonly madeAt: Date
  /** What the session was before it stepped up to this. */
  steppedFrom: number | null
}

const policy = { grace: 10, idle: 30 * 86_400 }

/** Whether it was within the grace. */
const isLately = (at: Date, now: Date) => now.getTime() - at.getTime() <= policy.grace * 1000

/** One session at a server that keeps its tokens in memory, and decides as the real one does. */
export class Family {
  private readonly rows = new Map<string, Row>()
  private readonly endsAt: Date
  private lastUsedAt: Date
  private minted = 0
  isAlive = true
  /** What the server decided against its own rules. */
  readonly faults: string[] = []
  /** How often it was asked for new tokens. */
  asked = 0
  /** How often it has stepped up, and nobody has taken that back. */
  level = 0
  /** How often it fell back. */
  falls = 0
  readonly first: Complete
  private readonly life: number
  private readonly name: string

  constructor(name: string, now: number, life: number) {
    this.name = name
    this.life = life
    this.endsAt = new Date(now + 400 * 86_400_000)
    this.lastUsedAt = new Date(now)
    this.first = this.answer(this.mint(this.lastUsedAt), now)
  }

  private mint(givenAt: Date): string {
    this.minted += 1
    const token = `${this.name}${this.minted}`
    const isFirst = this.minted === 1
    this.rows.set(token, {
      givenAt,
      usedAt: null,
      isVoid: false,
      successor: null,
      isDerived: true,
      isFirst,
      madeAt: givenAt,
      steppedFrom: null,
    })
    return token
  }

  private answer(refreshToken: string, now: number): Complete {
    const expiresAt = new Date(now + this.life * 1000).toISOString()
    const tokens = {
      accessToken: `A${refreshToken}@${now}`,
      tokenType: 'Bearer',
      expiresIn: this.life,
      expiresAt,
      refreshToken,
    }
    const complete = {
      status: 'complete',
      user: { id: 'u' },
      session: { id: this.name },
      tokens,
      isNewUser: false,
      weakPassword: null,
    }
    return complete as unknown as Complete
  }

  /** What is stored of a token, as `sessions.rotate` reads it. */
  private factsOf(row: Row, mayBeOlder: boolean): Facts {
    const successor = row.successor === null ? undefined : this.rows.get(row.successor)
    return {
      usedAt: row.usedAt,
      void: row.isVoid,
      successorUsed: successor !== undefined && (successor.usedAt !== null || successor.isVoid),
      successorGivenAt: successor?.givenAt ?? null,
      overtaken: successor !== undefined && successor.steppedFrom !== null,
      mayBeOlder,
      endsAt: this.endsAt,
      lastUsedAt: this.lastUsedAt,
      bannedUntil: null,
    }
  }

  /** POST /sessions/refresh at a moment of the server's clock. @throws AuthError as the server refuses */
  refresh(token: string, at: number, mayBeOlder = false): Complete {
    this.asked += 1
    const row = this.rows.get(token)
    const now = new Date(at)
    if (row === undefined || !this.isAlive) throw new AuthError('refresh_token_not_found', { status: 400 })
    const facts = this.factsOf(row, mayBeOlder)
    const decision = decideRotation(facts, policy, now)
    this.judge(facts, decision, now)
    const former = row.successor === null ? undefined : this.rows.get(row.successor)
    if (decision === 'repeat' && row.isDerived && former !== undefined && row.successor !== null) {
      former.givenAt = now
      return this.answer(row.successor, at)
    }
    if (decision === 'overtaken') throw new AuthError('refresh_token_not_found', { status: 400 })
    if (decision === 'outlived') throw new AuthError('refresh_token_overtaken', { status: 400 })
    if (decision === 'fall') return this.answer(this.fall(token, now), at)
    if (decision === 'rotate' || decision === 'repeat' || decision === 'reissue' || decision === 'relay') {
      const next = this.mint(now)
      if (former !== undefined)
        Object.assign(
          former,
          decision === 'reissue' ? { isVoid: true } : { usedAt: now, successor: next, isDerived: row.isDerived },
        )
      if (decision === 'rotate') this.lastUsedAt = now
      const replaced = row.successor
      for (const other of this.rows.values())
        if (replaced !== null && other.successor === replaced && isLately(other.usedAt ?? now, now))
          Object.assign(other, { successor: next, isDerived: false })
      Object.assign(row, { usedAt: now, successor: next, isDerived: true })
      return this.answer(next, at)
    }
    if (decision === 'replayed') {
      this.isAlive = false
      throw new AuthError('refresh_token_already_used', { status: 400 })
    }
    throw new AuthError('session_expired', { status: 400 })
  }

  /**
   * The same question gets the same answer within the grace and another one after it; no answer on its way is made void;
   * whoever is late is refused.
   */
  private judge({ usedAt, successorUsed, successorGivenAt, overtaken }: Facts, decision: string, now: Date): void {
    const isRenewed = ['rotate', 'repeat', 'reissue', 'relay', 'fall'].includes(decision)
    if (successorUsed && isRenewed) this.faults.push('a token was taken whose successor is in use')
    if (usedAt === null || !isRenewed) return
    const expected = overtaken
      ? 'fall'
      : isLately(usedAt, now)
        ? 'repeat'
        : isLately(successorGivenAt ?? usedAt, now)
          ? 'relay'
          : 'reissue'
    if (decision !== expected) this.faults.push(`a used token was answered with: ${decision}`)
  }

  /** A session that stepped up: a new token beside which no other is any good, as `sessions.renew` does it. @throws AuthError */
  renew(at: number): Complete {
    if (!this.isAlive) throw new AuthError('session_not_found', { status: 401 })
    const now = new Date(at)
    const [living, row] = [...this.rows].find(([, { usedAt, isVoid }]) => usedAt === null && !isVoid) ?? ['', undefined]
    const stays = row !== undefined && !row.isFirst && isLately(row.givenAt, now)
    const next = this.mint(now)
    const steppedFrom = stays ? (row.steppedFrom ?? this.level) : null
    for (const [token, known] of this.rows) {
      if (token === next) Object.assign(known, { steppedFrom })
      else if (stays && !known.isVoid && (token === living || known.successor === living))
        Object.assign(known, { usedAt: now, successor: next, isDerived: false })
      else if (!stays) this.rows.delete(token)
    }
    this.level += 1
    this.lastUsedAt = now
    return this.answer(next, at)
  }

  /** Goes back to what it was before it stepped up. @returns the token that goes on from the one that is shown */
  private fall(token: string, now: Date): string {
    const stepped = this.rows.get(token)?.successor ?? ''
    const former = this.rows.get(stepped)
    this.level = former?.steppedFrom ?? 0
    this.falls += 1
    this.lastUsedAt = now
    const next = this.mint(now)
    for (const [other, known] of this.rows)
      if (other === stepped || known.successor === stepped)
        Object.assign(known, {
          usedAt: now,
          successor: next,
          isDerived: other === token,
        })
    return next
  }

  /** Whether a token is one of this session's, whatever became of it. */
  knows(token: string): boolean {
    return token.startsWith(this.name)
  }

  /** Whether a token can be exchanged, and nothing has to be found out about it. */
  isNewest(token: string): boolean {
    const row = this.rows.get(token)
    return row !== undefined && row.usedAt === null && !row.isVoid
  }

  /** Tokens that could be exchanged at once: more than one would be two families. */
  get live(): number {
    return [...this.rows.values()].filter((row) => row.usedAt === null && !row.isVoid).length
  }
}
