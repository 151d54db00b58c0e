import { invalid } from '../../base/errors.ts'
import { assertPattern, compilePattern } from './redirect-pattern.ts'
import { readTarget, type Target, type TargetFault } from './redirect-target.ts'
import { isLoopbackAddress, isWeb } from './web-address.ts'

/** Whether somebody may be sent to a URL, by which entry of the list, and why. */
export interface RedirectVerdict {
  readonly allowed: boolean
  /** The entry, `site` or `development`; `null` when refused. */
  readonly rule: string | null
  readonly reason: 'listed' | 'site' | 'development' | 'not_listed' | TargetFault
}

/** The list of places that people may be sent to. */
export interface Redirects {
  allows(url: unknown): RedirectVerdict
  /** The URL as it was given, fit for a header, when it is allowed; otherwise the site's. */
  orSite(url: unknown): string
  /** Whether the origin, as a browser sends it, belongs to the site or to a listed place. */
  allowsOrigin(origin: string): boolean
}

/** What a redirect list is made of. */
export interface RedirectOptions {
  /** Where people go when no other place is named or allowed. */
  readonly siteUrl: string
  /** Entries as {@link compilePattern} reads them. */
  readonly patterns: readonly string[]
  /** In development every port of `localhost` and of the loopback addresses is allowed over http. */
  readonly development: boolean
}

/**
 * Compiles the redirect list (RFC 9700 §4.1 and §4.11). Parsed scheme, host, port and path are compared; whatever could
 * be read in two ways is refused. The site's own origin is allowed with any path, unless the list has entries of that
 * origin: then those say which paths, and the site URL itself stays allowed.
 * @throws Refusal `validation_failed` for a site URL that cannot be understood, and for an entry that
 * {@link assertPattern} refuses.
 */
export function createRedirects({ siteUrl, patterns, development }: RedirectOptions): Redirects {
  const site = readSite(siteUrl)
  for (const pattern of patterns) assertPattern(pattern, { development })
  const list = patterns.map(compilePattern)
  const namesPaths = list.some((pattern) => pattern.matchesOrigin(site))

  function judge(target: Target): RedirectVerdict {
    if (sameOrigin(target, site) && (!namesPaths || target.rest === site.rest)) return allowed('site', 'site')
    const entry = list.find((pattern) => pattern.matches(target))
    if (entry) return allowed(entry.text, 'listed')
    if (development && isLocal(target)) return allowed('development', 'development')
    return refused('not_listed')
  }

  function allows(url: unknown): RedirectVerdict {
    const target = readTarget(url)
    return typeof target === 'string' ? refused(target) : judge(target)
  }

  return {
    allows,
    orSite: (url) => (typeof url === 'string' && allows(url).allowed ? headerText(url) : siteUrl),
    allowsOrigin(origin) {
      const target = readTarget(origin)
      if (typeof target === 'string' || !isBare(target, origin)) return false
      if (sameOrigin(target, site) || list.some((pattern) => pattern.matchesOrigin(target))) return true
      return development && isLocal(target)
    },
  }
}

function readSite(siteUrl: string): Target {
  const site = readTarget(siteUrl)
  if (typeof site === 'string') throw invalid('siteUrl', 'must be an absolute URL of one clear meaning')
  return site
}

// A header takes no other letters; anything else stays as it was written.
function headerText(url: string): string {
  return /^[!-~]*$/.test(url) ? url : new URL(url).href
}

function allowed(rule: string, reason: 'listed' | 'site' | 'development'): RedirectVerdict {
  return { allowed: true, rule, reason }
}

function refused(reason: 'not_listed' | TargetFault): RedirectVerdict {
  return { allowed: false, rule: null, reason }
}

function sameOrigin(a: Target, b: Target): boolean {
  if (a.scheme !== b.scheme) return false
  return isWeb(a.scheme) ? a.host === b.host && a.port === b.port : authorityOf(a) === authorityOf(b)
}

function authorityOf({ rest }: Target): string {
  return /^(?:\/\/)?[^/?]*/.exec(rest)?.[0] ?? ''
}

function isLocal({ scheme, host }: Target): boolean {
  return scheme === 'http' && (host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host))
}

/** Whether the text is an origin and nothing more: no path, no query, no fragment. */
function isBare(target: Target, text: string): boolean {
  return isWeb(target.scheme) ? new URL(text).origin === text : /^[^/?#]*:\/\/[^/?#]*$/.test(text)
}
