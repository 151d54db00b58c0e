interface Allowed {
  /** Request headers a page may send, lower case; `any` echoes whatever is asked for. */
  readonly requestHeaders: readonly string[] | 'any'
  /** Answer headers a page may read. */
  readonly exposedHeaders?: readonly string[]
  /** Seconds a preflight may be remembered; default 600. */
  readonly maxAge?: number
}

/** Which pages of other origins may call (Fetch standard §3.3). `any` never comes with credentials (S110). */
export type CorsPolicy =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'any' } & Allowed)
  | ({ readonly kind: 'listed'; allows(origin: string): boolean; readonly credentials: boolean } & Allowed)

/** A predicate for a fixed list of origins, compared exactly. */
export function originList(origins: Iterable<string>): (origin: string) => boolean {
  const known = new Set(origins)
  return (origin) => origin !== 'null' && known.has(origin)
}

type Fields = Record<string, string>

function originFields(policy: CorsPolicy, origin: string | undefined): Fields | undefined {
  if (policy.kind === 'any') return { 'access-control-allow-origin': '*' }
  if (policy.kind === 'none' || origin === undefined || origin === 'null' || !policy.allows(origin)) return undefined
  const fields: Fields = { 'access-control-allow-origin': origin }
  if (policy.credentials) fields['access-control-allow-credentials'] = 'true'
  return fields
}

/** The CORS fields of an ordinary answer; none for an origin that is not allowed. */
export function corsFields(policy: CorsPolicy, origin: string | undefined): Fields | undefined {
  if (policy.kind === 'none' || origin === undefined) return undefined
  const fields = originFields(policy, origin)
  if (!fields || !policy.exposedHeaders?.length) return fields
  fields['access-control-expose-headers'] = policy.exposedHeaders.join(', ')
  return fields
}

const headerList = /^[\w!#$%&'*+.^`|~-]+(?:, ?[\w!#$%&'*+.^`|~-]+)*$/

function headersAllowed(policy: Allowed, asked: string): boolean {
  if (asked === '') return true
  if (!headerList.test(asked)) return false
  const { requestHeaders } = policy
  return (
    requestHeaders === 'any' || asked.split(',').every((name) => requestHeaders.includes(name.trim().toLowerCase()))
  )
}

/** A preflight's question. */
export interface Preflight {
  readonly origin: string
  readonly method: string
  /** The raw list of header names; empty when none are asked for. */
  readonly headers: string
}

/** The CORS fields of a preflight's answer; none at all when origin, method or one header is not allowed. */
export function preflightFields(policy: CorsPolicy, asked: Preflight, methods: readonly string[]): Fields | undefined {
  if (policy.kind === 'none' || !methods.includes(asked.method) || !headersAllowed(policy, asked.headers))
    return undefined
  const fields = originFields(policy, asked.origin)
  if (!fields) return undefined
  fields['access-control-allow-methods'] = asked.method
  if (asked.headers !== '') fields['access-control-allow-headers'] = asked.headers
  fields['access-control-max-age'] = String(policy.maxAge ?? 600)
  return fields
}
