type Facts = Readonly<Record<string, string>>

interface Parts {
  readonly before: string
  readonly query: string
}

/** Custom schemes are not known to the URL parser, so the text is cut by hand (RFC 3986 §3). */
function cut(place: string): Parts {
  const bare = place.split('#', 1)[0] ?? ''
  const at = bare.indexOf('?')
  return at === -1 ? { before: bare, query: '' } : { before: bare.slice(0, at), query: bare.slice(at + 1) }
}

/** Facts added to a place's own query, which stays as it is but for parameters of the same name. */
export function inQuery(place: string, facts: Facts): string {
  const { before, query } = cut(place)
  const kept = query.split('&').filter((part) => part !== '' && !Object.hasOwn(facts, part.split('=', 1)[0] ?? ''))
  const hash = place.indexOf('#')
  const fragment = hash === -1 ? '' : place.slice(hash)
  return `${before}?${[...kept, new URLSearchParams(facts).toString()].join('&')}${fragment}`
}

/** Facts in place of a place's fragment, in alphabetical order, with the empty `sb` that clients look for. */
export function inFragment(place: string, facts: Facts): string {
  const fragment = new URLSearchParams({ ...facts, sb: '' })
  fragment.sort()
  return `${place.split('#', 1)[0] ?? ''}#${fragment}`
}

/** The same facts in both, for clients that read either. */
export function inQueryAndFragment(place: string, facts: Facts): string {
  return inFragment(inQuery(place, facts), facts)
}
