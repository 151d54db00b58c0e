import { type Finding, mistake, warning } from './finding.ts'

/**
 * Whether a redirect pattern reaches sites that nobody chose: its scheme is open, or its host is open in one of the last
 * two names (`*`, `https://*`, `https://*.com/**`).
 */
export function isTooOpen(pattern: string): boolean {
  const [, scheme, rest = ''] = /^([^:/]*):\/\/(.*)$/s.exec(pattern) ?? []
  if (scheme === undefined) return true
  if (hasWildcard(scheme)) return true
  if (!/^https?$/i.test(scheme)) return false
  const host = hostOf(rest)
  if (/^\[[0-9a-f:.]+\]$/i.test(host)) return false
  const fixed = host.split('.').slice(-2)
  return host === '' || fixed.some(hasWildcard)
}

/** Findings about where people may be sent back to, in production. */
export function redirectFindings(patterns: readonly string[]): readonly Finding[] {
  return patterns.flatMap((pattern) => {
    if (isTooOpen(pattern))
      return [mistake('redirectUrls', `matches sites that nobody chose: ${pattern.slice(0, 100)}`)]
    const [, rest] = /^http:\/\/(.*)$/is.exec(pattern) ?? []
    if (rest === undefined) return []
    return isLoopback(hostOf(rest))
      ? [
          warning(
            'redirectUrls',
            `allows ${pattern.slice(0, 100)}: any program on a person’s machine may listen there.`,
          ),
        ]
      : [mistake('redirectUrls', `must use https in production: ${pattern.slice(0, 100)}`)]
  })
}

/** Whether a host name or address means the machine itself. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

/** What may be user information stays part of the host: an `@` there belongs to no honest pattern. */
function hostOf(rest: string): string {
  const authority = rest.split(/[/?#\\]/, 1)[0] ?? ''
  return authority.startsWith('[') ? authority.replace(/\]:.*$/, ']') : authority.replace(/:[^:]*$/, '')
}

const hasWildcard = (text: string) => /[*?[\]{}!]/.test(text)
