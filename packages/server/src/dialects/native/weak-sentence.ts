type Facts = Readonly<Record<string, unknown>>

const byReason: Readonly<Record<string, (facts: Facts) => string>> = {
  length: ({ min }) => `Please choose a password of at least ${String(min)} characters.`,
  characters: () => 'Please choose a password with characters of every kind that is asked for.',
  common: () => 'This password is one of those that everybody tries first. Please choose another one.',
  personal: () => 'This password is easily guessed by whoever knows you. Please choose another one.',
  breached: () => 'This password is known from a leak. Please choose another one.',
}

/**
 * What to do about a password that is too weak, in one sentence about the first reason.
 * @param facts the details of the refusal: `reasons` and `min`
 */
export function weakSentence(facts: Facts): string | undefined {
  const { reasons } = facts
  const [first] = Array.isArray(reasons) ? reasons.map(String) : []
  return first !== undefined && Object.hasOwn(byReason, first) ? byReason[first]?.(facts) : undefined
}
