/** What is known about a refresh token that could not simply be exchanged. */
export interface RotationFacts {
  readonly usedAt: Date | null
  /** Replaced before it was ever used; see {@link decideRotation}. */
  readonly void: boolean
  /** In use, or replaced on somebody else's behalf. */
  readonly successorUsed: boolean
  /** When its successor was last handed out; null where it has none. */
  readonly successorGivenAt: Date | null
  /** Its session stepped up past it: what follows it is worth more than it was. */
  readonly overtaken: boolean
  /** Whoever shows it says that they may have a newer one, and will look for it. */
  readonly mayBeOlder: boolean
  readonly endsAt: Date
  readonly lastUsedAt: Date
  readonly bannedUntil: Date | null
}

export type RotationDecision =
  /** Exchange it: nothing speaks against it. */
  | 'rotate'
  /** The answer to its exchange got lost, or several asked at once: the same successor again. */
  | 'repeat'
  /** Its successor was never used, the grace is over, and nobody can still be waiting for that one: a new one, the old one void. */
  | 'reissue'
  /** As `reissue`, but the old successor was handed out so lately that it may be on its way: both lead to the new one. */
  | 'relay'
  /** Its session stepped up while this was on its way, and nobody used what came of that: back to what it was before, on from this one. */
  | 'fall'
  /**
   * Its session stepped up past it, lately, and what came of that is in use already: refused, and no more. Who shows it may
   * have asked before, on a way that adds to that of the answer to the step-up.
   */
  | 'overtaken'
  /** The same, longer ago, shown by somebody who may have a newer one: refused, and told so. Shown for certain it is a replay. */
  | 'outlived'
  /** Two hold the same secret: the session must end. */
  | 'replayed'
  | 'ended'
  | 'idle'
  | 'banned'

/**
 * What to do with a presented refresh token (RFC 9700 §4.14). A lost answer signs nobody out, whichever answers get lost
 * and in whatever order the others come; and a thief cannot hide behind that: whoever comes with a token whose successor
 * is in use, or with one that was made void, is not the owner alone.
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
  const isLate = secondsSince(facts.usedAt) > policy.grace
  if (facts.successorUsed) {
    if (!facts.overtaken) return 'replayed'
    if (secondsSince(facts.usedAt) <= 2 * policy.grace) return 'overtaken'
    return facts.mayBeOlder ? 'outlived' : 'replayed'
  }
  if (facts.overtaken) return 'fall'
  if (!isLate) return 'repeat'
  const isOnItsWay = facts.successorGivenAt !== null && secondsSince(facts.successorGivenAt) <= policy.grace
  return isOnItsWay ? 'relay' : 'reissue'
}
