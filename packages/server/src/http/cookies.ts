import { percent } from './header-value.ts'

/** The cookies of one request. What is ambiguous, over-long or malformed counts as absent (S111). */
export interface Cookies {
  /** The value under exactly this name, prefix included. */
  get(name: string): string | undefined
  /** The value of our own cookie: the one named `__Host-` + name, and never an unprefixed look-alike. */
  own(name: string): string | undefined
  /** The names that were sent, ambiguous ones included, so that nonsense can be cleared. */
  names(): readonly string[]
}

/** Bytes of name and value together that browsers keep. */
const longest = 4096
/** Cookies looked at; browsers send at most a few dozen. */
const most = 200

function decode(value: string): string | undefined {
  const bare = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
  if (!bare.includes('%')) return bare
  try {
    return decodeURIComponent(bare)
  } catch {
    return undefined
  }
}

/** Reads a Cookie header (RFC 6265 §4.2). Never throws. */
export function parseCookies(header: string | undefined): Cookies {
  const found = new Map<string, string | undefined>()
  for (const pair of (header ?? '').split(';', most)) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(at, 0)).trim()
    if (name === '' || pair.length > longest) continue
    const value = decode(pair.slice(at + 1).trim())
    // Two of one name come from two paths or domains, and the header does not say which is ours.
    found.set(name, found.has(name) && found.get(name) !== value ? undefined : value)
  }
  const get = (name: string) => found.get(name)
  return { get, own: (name) => get(`__Host-${name}`), names: () => [...found.keys()] }
}

export interface CookieSettings {
  /** Seconds; absent means until the browser closes. */
  readonly maxAge?: number
  /** Default `Lax`. */
  readonly sameSite?: 'Lax' | 'Strict' | 'None'
}

function serialise(name: string, value: string, domain: string, settings: CookieSettings): string {
  if (!/^[\w.-]+$/.test(name)) throw new Error(`not a cookie name: ${name}`)
  if (!/^[a-z0-9.-]*$/.test(domain)) throw new Error(`not a cookie domain: ${domain}`)
  const encoded = value.replace(/[^\x21\x23-\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/g, percent)
  if (name.length + encoded.length > longest) throw new Error(`the cookie ${name} is longer than ${longest} bytes`)
  const age = settings.maxAge === undefined ? '' : `; Max-Age=${Math.floor(settings.maxAge)}`
  const place = domain === '' ? '' : `; Domain=${domain}`
  return `${name}=${encoded}; Path=/${place}${age}; Secure; HttpOnly; SameSite=${settings.sameSite ?? 'Lax'}`
}

/**
 * A Set-Cookie value for a cookie that belongs to this host alone: `__Host-`, Secure, HttpOnly, Path=/, no Domain (S111).
 * @throws Error when name and value pass 4,096 bytes.
 */
export function hostCookie(name: string, value: string, settings: CookieSettings = {}): string {
  return serialise(`__Host-${name}`, value, '', settings)
}

/** A Set-Cookie value for a cookie shared with subdomains, named `__Secure-`. Only by an explicit setting (S111). */
export function sharedCookie(name: string, value: string, domain: string, settings: CookieSettings = {}): string {
  return serialise(`__Secure-${name}`, value, domain, settings)
}

/**
 * A Set-Cookie value for a cookie of this host that pages of other sites send along, under a name that clients know.
 * What it opens must look at where a request comes from (S109).
 */
export function crossSiteCookie(name: string, value: string, settings: Omit<CookieSettings, 'sameSite'> = {}): string {
  return serialise(name, value, '', { ...settings, sameSite: 'None' })
}

/** A Set-Cookie value that removes the host cookie of this name. */
export function clearedHostCookie(name: string): string {
  return hostCookie(name, '', { maxAge: 0 })
}
