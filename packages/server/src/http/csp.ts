import { sha256 } from '../base/digest.ts'

/** What a page needs beside its own markup, as CSP sources: `'self'`, an https origin or {@link hashSource}. */
export interface PageNeeds {
  readonly script?: readonly string[]
  readonly style?: readonly string[]
  readonly img?: readonly string[]
  readonly font?: readonly string[]
  readonly connect?: readonly string[]
  /** Where its forms lead, redirects after them included; `'self'` is always in. */
  readonly formAction?: readonly string[]
}

const source =
  /^(?:'self'|'sha256-[A-Za-z0-9+/]{43}='|data:|[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9.:[\]-]+|[a-z][a-z0-9+.-]*:)$/
const risky = /^(?:data|blob|filesystem|javascript|http|https|ws|wss):$/

function directive(name: string, sources: readonly string[] | undefined, mayBeData = false): string {
  if (!sources || sources.length === 0) return ''
  for (const one of sources) {
    const tooWide = risky.test(one) && !(mayBeData && one === 'data:')
    if (!source.test(one) || tooWide) throw new Error(`not a source for ${name}: ${one}`)
  }
  return `; ${name} ${sources.join(' ')}`
}

/** The CSP source for one inline style or script, by its digest. Pass the text between the tags, exactly. */
export function hashSource(text: string): string {
  return `'sha256-${sha256(text).toString('base64')}'`
}

/** A place as a policy names it. A form's policy covers the redirect after it, so the place it ends at is named. */
export function placeSource(place: string): string {
  const web = /^https?:\/\/[A-Za-z0-9.:[\]-]+/.exec(place)?.[0]
  return (web ?? place.slice(0, place.indexOf(':') + 1)).toLowerCase()
}

/**
 * The Content-Security-Policy of a page (CSP Level 3): nothing is allowed but what the page names, no inline script or
 * style without its digest, no framing, no base, no plugins (S112).
 * @throws Error for a source that would open more than one origin or that is none.
 */
export function contentSecurityPolicy(needs: PageNeeds = {}): string {
  return [
    "default-src 'none'",
    directive('script-src', needs.script),
    directive('style-src', needs.style),
    directive('img-src', needs.img, true),
    directive('font-src', needs.font),
    directive('connect-src', needs.connect),
    directive('form-action', ["'self'", ...(needs.formAction ?? [])]),
    "; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
  ].join('')
}
