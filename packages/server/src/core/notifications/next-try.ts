import { day, hour, later, minute } from '../../base/duration.ts'
import type { FailureKind } from './outgoing.ts'

const waits = [5, 30, 2 * minute, 10 * minute, hour] as const
const longestWait = 6 * hour

/** Seconds between two knocks at a sender that is away, or that turns us away (where haste would only lock us out). */
export const knockEvery = { unreachable: 3, refused: minute } as const

/** A message that has not left after this many seconds is given up. */
export const giveUpAfter = day

/** What the decision about another try rests on. */
export interface TryFacts {
  readonly kind: FailureKind
  /** Tries so far. */
  readonly attempts: number
  readonly createdAt: Date
  /** When its code and link end, if they do. */
  readonly expiresAt: Date | undefined
  readonly now: Date
}

/**
 * When to try a message again: after 5 s, 30 s, 2 min, 10 min, 1 h, then every 6 h. While nobody takes any message the
 * wait belongs to the sender and not to the message, see {@link knockEvery}. Undefined: never.
 */
export function nextTry({ kind, attempts, createdAt, expiresAt, now }: TryFacts): Date | undefined {
  if (kind === 'permanent') return undefined
  const wait = kind === 'temporary' ? (waits[Math.max(0, attempts - 1)] ?? longestWait) : knockEvery[kind]
  const at = later(now, wait)
  const end = later(createdAt, giveUpAfter)
  return at > end || (expiresAt !== undefined && at >= expiresAt) ? undefined : at
}
