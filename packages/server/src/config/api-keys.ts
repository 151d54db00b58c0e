const supabasePrefixes: Readonly<Record<string, string>> = { wwp_: 'sb_publishable_', wws_: 'sb_secret_' }

/**
 * The names one API key answers to: itself and, for a key of our own making, the same key as Supabase's clients know
 * them (`wwp_x` is also `sb_publishable_x`, `wws_x` also `sb_secret_x`), in either direction.
 */
export function spellingsOf(key: string): readonly [string, ...string[]] {
  for (const [ours, theirs] of Object.entries(supabasePrefixes)) {
    if (key.startsWith(ours)) return [key, theirs + key.slice(ours.length)]
    if (key.startsWith(theirs)) return [key, ours + key.slice(theirs.length)]
  }
  return [key]
}
