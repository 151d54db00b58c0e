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
}

const policy = { grace: 10, idle: 30 * 86_400 }

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
    this.rows.set(token, { givenAt, usedAt: null, isVoid: false, successor: null })
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
  private factsOf(row: Row): Facts {
    const successor = row.successor === null ? undefined : this.rows.get(row.successor)
    return {
      usedAt: row.usedAt,
      void: row.isVoid,
      successorUsed: successor !== undefined && (successor.usedAt !== null || successor.isVoid),
      successorGivenAt: successor?.givenAt ?? null,
      endsAt: this.endsAt,
      lastUsedAt: this.lastUsedAt,
      bannedUntil: null,
    }
  }

  /** POST /sessions/refresh at a moment of the server's clock. @throws AuthError as the server refuses */
  refresh(token: string, at: number): Complete {
    this.asked += 1
    const row = this.rows.get(token)
    const now = new Date(at)
    if (row === undefined || !this.isAlive) throw new AuthError('refresh_token_not_found', { status: 400 })
    const facts = this.factsOf(row)
    const decision = decideRotation(facts, policy, now)
    this.judge(facts, decision, now)
    const former = row.successor === null ? undefined : this.rows.get(row.successor)
    if (decision === 'repeat' && former !== undefined && row.successor !== null) {
      former.givenAt = now
      return this.answer(row.successor, at)
    }
    if (decision === 'rotate' || decision === 'reissue' || decision === 'relay') {
      const next = this.mint(now)
      if (former !== undefined)
        Object.assign(former, decision === 'relay' ? { usedAt: now, successor: next } : { isVoid: true })
      if (decision === 'rotate') this.lastUsedAt = now
      Object.assign(row, { usedAt: now, successor: next })
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
  private judge({ usedAt, successorUsed, successorGivenAt }: Facts, decision: string, now: Date): void {
    const isRenewed = ['rotate', 'repeat', 'reissue', 'relay'].includes(decision)
    if (successorUsed && isRenewed) this.faults.push('a token was taken whose successor is in use')
    if (usedAt === null || !isRenewed) return
    const isLately = (at: Date) => now.getTime() - at.getTime() <= policy.grace * 1000
    const expected = isLately(usedAt) ? 'repeat' : isLately(successorGivenAt ?? usedAt) ? 'relay' : 'reissue'
    if (decision !== expected) this.faults.push(`a used token was answered with: ${decision}`)
  }

  /** A session that stepped up: a new token, and every older one is dead, as `sessions.renew` does it. @throws AuthError */
  renew(at: number): Complete {
    if (!this.isAlive) throw new AuthError('session_not_found', { status: 401 })
    this.rows.clear()
    this.lastUsedAt = new Date(at)
    return this.answer(this.mint(this.lastUsedAt), at)
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
