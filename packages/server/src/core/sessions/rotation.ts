/** What is known about a refresh token that could not simply be exchanged. */
export interface RotationFacts {
  readonly usedAt: Date | null
  /** Replaced before it was ever used; see {@link decideRotation}. */
  readonly void: boolean
  readonly successorUsed: boolean
  readonly endsAt: Date
  readonly lastUsedAt: Date
  readonly bannedUntil: Date | null
}

export type RotationDecision =
  /** Exchange it: nothing speaks against it. */
  | 'rotate'
  /** The answer to its exchange got lost, or several asked at once: the same successor again. */
  | 'repeat'
  /** Its successor was never used and the grace is over: a new successor, the old one void. */
  | 'reissue'
  /** Two hold the same secret: the session must end. */
  | 'replayed'
  | 'ended'
  | 'idle'
  | 'banned'

/**
 * What to do with a presented refresh token (RFC 9700 §4.14). A lost answer signs nobody out, and a thief cannot hide
 * behind that: whoever comes with a token whose successor is in use, or with one that was made void, is not the owner
 * alone.
 * @param policy seconds
 */
export function decideRotation(
  facts: RotationFacts,
  policy: { readonly grace: number; readonly idle: number },
  now: Date,
): RotationDecision {
  const secondsSince = (at: Date) => (now.getTime() - at.getTime()) / 1000
  if (facts.bannedUntil !== null && facts.bannedUntil > now) return 'banned'
  if (facts.endsAt <= now) return 'ended'
  if (secondsSince(facts.lastUsedAt) >= policy.idle) return 'idle'
  if (facts.void) return 'replayed'
  if (facts.usedAt === null) return 'rotate'
  if (facts.successorUsed) return 'replayed'
  return secondsSince(facts.usedAt) <= policy.grace ? 'repeat' : 'reissue'
}
