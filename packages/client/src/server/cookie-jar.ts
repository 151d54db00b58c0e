import type { Maybe } from '../base/maybe.ts'

/** How a cookie is set. */
export interface CookieOptions {
  readonly path: '/'
  readonly secure: true
  readonly sameSite: 'lax'
  readonly httpOnly: boolean
  /** Seconds; 0 takes it away. */
  readonly maxAge: number
}

/** The cookies of one request, whatever framework it came through. */
export interface CookieJar {
  get(name: string): Maybe<string | undefined>
  /** May throw where the answer has begun already, as while a page renders: then nothing is remembered. */
  set(name: string, value: string, options: CookieOptions): Maybe<unknown>
  /** Says that the answer belongs to one person: `Cache-Control: no-store`. Called whenever a cookie is set. */
  noStore?(): void
}

/** Writes a `Set-Cookie` line (RFC 6265 §4.1). */
export function cookieLine(name: string, value: string, { httpOnly, maxAge }: CookieOptions): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; Secure; SameSite=Lax${httpOnly ? '; HttpOnly' : ''}`
}

/** The first cookie of a name in a `Cookie` header. */
export function cookieIn(header: string | null | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
