/**
 * The locale to write in: the requested one (BCP 47), else the same with its last subtags left off, else any regional form
 * of the same language, else `fallback`. Case and `_` for `-` do not matter; malformed wishes count as none.
 */
export function pickLocale(requested: string | undefined, available: readonly string[], fallback: string): string {
  if (requested === undefined || !isLocale(requested)) return fallback
  const subtags = normal(requested).split('-')
  for (let length = subtags.length; length > 0; length -= 1) {
    const wanted = subtags.slice(0, length).join('-')
    const found = available.find((locale) => normal(locale) === wanted)
    if (found !== undefined) return found
  }
  return available.find((locale) => normal(locale).split('-')[0] === subtags[0]) ?? fallback
}

/** Whether the text looks like a language tag: a language and up to four subtags. */
export function isLocale(text: string): boolean {
  return text.length <= 35 && /^[a-z]{2,3}([-_][a-z0-9]{2,8}){0,4}$/i.test(text)
}

function normal(locale: string): string {
  return locale.toLowerCase().replaceAll('_', '-')
}
