import type { ConfiguredKey } from '../core/keys/api-keys.ts'

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

/** The keys of the configuration in every spelling they are accepted in, for the room that knows all API keys. */
export function configuredKeys(secrets: {
  readonly publishableKeys: readonly string[]
  readonly secretKeys: readonly string[]
}): readonly ConfiguredKey[] {
  return [
    ...secrets.publishableKeys.map((key) => ({ kind: 'publishable' as const, key })),
    ...secrets.secretKeys.map((key) => ({ kind: 'secret' as const, key })),
  ]
}
