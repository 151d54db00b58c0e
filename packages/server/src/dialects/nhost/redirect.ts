type Facts = Readonly<Record<string, string>>

/**
 * A place with facts in its query. The whole query is written anew, in alphabetical order and with `+` for blanks; a
 * fragment stays behind it. Custom schemes are not known to the URL parser, so the text is cut by hand (RFC 3986 §3).
 */
export function withFacts(place: string, facts: Facts): string {
  const hash = place.indexOf('#')
  const bare = hash === -1 ? place : place.slice(0, hash)
  const at = bare.indexOf('?')
  const query = new URLSearchParams(at === -1 ? '' : bare.slice(at + 1))
  for (const [name, value] of Object.entries(facts)) query.set(name, value)
  query.sort()
  return `${at === -1 ? bare : bare.slice(0, at)}?${query}${hash === -1 ? '' : place.slice(hash)}`
}

/** A refusal on the way back to the application. */
export function errorFacts({ error, message }: { readonly error: string; readonly message: string }): Facts {
  return { error, errorDescription: message }
}
