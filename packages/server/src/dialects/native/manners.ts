import type { Manners } from '../../flows/caller.ts'

/** What the token of a mailed link begins with, and that of an attempt. */
export const linkPrefix = 'wwl_'
export const attemptPrefix = 'wwa_'

/** How this dialect's mails look. @param place.url public address of the mount */
export function nativeManners(place: { readonly url: string }): Manners {
  return {
    name: 'native',
    mailLink: ({ token }) => `${place.url}/links?token=${linkPrefix}${token}`,
    tokenHash: ({ token }) => linkPrefix + token,
    secondFactor: 'attempt',
    mails: 'challenged',
  }
}

const token = /^[A-Za-z0-9_-]{43}$/

/** The secret behind a prefix, or undefined when the text cannot be one of ours. */
export function withoutPrefix(text: string, prefix: typeof linkPrefix | typeof attemptPrefix): string | undefined {
  if (!text.startsWith(prefix)) return undefined
  const bare = text.slice(prefix.length)
  return token.test(bare) ? bare : undefined
}
