import { domainToASCII } from 'node:url'
import { invalid } from '../../base/errors.ts'
import { type Glob, GlobError, literalOf, matchesGlob, readGlobs } from './glob.ts'
import type { Target } from './redirect-target.ts'
import { defaultPort, isAddress, isForbiddenScheme, isLoopbackAddress, isWeb } from './web-address.ts'

/** A compiled entry of the redirect list. */
export interface RedirectPattern {
  /** The entry as the operator wrote it. */
  readonly text: string
  /** Whether the URL is one of those the entry lists. */
  matches(target: Target): boolean
  /** Whether scheme, host and port are, whatever the path. */
  matchesOrigin(target: Target): boolean
}

/**
 * Compiles an entry of the redirect list. `https://*.example.com/**`: scheme literally; in the host `*` and `**` match
 * within one label, and no wildcard matches an IP address; the port literally, or `*` where the host is a loopback
 * address; path and query as a glob in which `*` stops at `.` and `/`. `myapp://callback`, `com.example.app:/back` and
 * `myapp://**` list URLs of a custom scheme.
 * @throws Refusal `validation_failed` naming `redirectUrls` for an entry that cannot be understood, or that has a
 * scheme which never leads to an application.
 */
export function compilePattern(text: string): RedirectPattern {
  const compiled = globsOf(text).map((glob) => compileGlob(text, glob))
  return {
    text,
    matches: (target) => compiled.some((one) => one.matches(target)),
    matchesOrigin: (target) => compiled.some((one) => one.matchesOrigin(target)),
  }
}

/**
 * Checks an entry before it is stored. In production an entry may not match every host, so the last two labels of a
 * host with wildcards must be literal, and a port may be open for a loopback address only, not for a name.
 * @throws Refusal `validation_failed` naming `redirectUrls`.
 */
export function assertPattern(text: string, { development }: { readonly development: boolean }): void {
  for (const glob of globsOf(text)) {
    const parts = split(text, glob)
    compileGlob(text, glob)
    if (development || !isWeb(parts.scheme)) continue
    const literal = literalOf(parts.host)
    if (literal === 'localhost' && parts.port === '*') throw refused(text, 'leaves the port of a name open')
    if (literal !== null) continue
    const labels = splitAt(parts.host, '.')
    if (labels.length < 3 || labels.slice(-2).some((label) => literalOf(label) === null)) {
      throw refused(text, 'matches every host')
    }
  }
}

type Compiled = Pick<RedirectPattern, 'matches' | 'matchesOrigin'>

interface Parts {
  readonly scheme: string
  readonly host: Glob
  readonly port: string
  /** Everything after the authority; for a custom scheme everything after its colon. */
  readonly rest: Glob
}

const separators = './'

function compileGlob(text: string, glob: Glob): Compiled {
  const parts = split(text, glob)
  return isWeb(parts.scheme) ? compileWeb(text, parts) : compileCustom(parts)
}

function compileWeb(text: string, { scheme, host, port, rest }: Parts): Compiled {
  const literal = literalHost(text, host)
  if (port === '*' && !(literal !== null && (isLoopbackAddress(literal) || literal === 'localhost'))) {
    throw refused(text, 'may leave the port open for a loopback address only')
  }
  const tail: Glob = rest.length === 0 ? [{ kind: 'char', char: '/' }] : rest
  const matchesHost = (target: Target) =>
    literal === null ? !isAddress(target.host) && matchesGlob(host, target.host, separators) : target.host === literal
  // Any port is for addresses: a name may lead elsewhere (RFC 8252 §7.3 and §8.3).
  const matchesPort = (target: Target) => (port === '*' ? isLoopbackAddress(target.host) : target.port === port)
  const matchesOrigin = (target: Target) => target.scheme === scheme && matchesHost(target) && matchesPort(target)
  return {
    matchesOrigin,
    matches: (target) => matchesOrigin(target) && matchesGlob(tail, target.rest, separators),
  }
}

function compileCustom({ scheme, rest }: Parts): Compiled {
  const end = rest.findIndex((step, at) => at > 1 && step.kind === 'char' && step.char === '/')
  const authority = end < 0 ? rest : rest.slice(0, end)
  const matchesRest = (glob: Glob, target: Target) =>
    target.scheme === scheme && matchesGlob(glob, target.rest, separators)
  return {
    matches: (target) => matchesRest(rest, target),
    matchesOrigin: (target) => matchesRest(authority, target),
  }
}

function literalHost(text: string, host: Glob): string | null {
  const literal = literalOf(host)
  if (host.length === 0) throw refused(text, 'names no host')
  if (literal === null) {
    const labels = splitAt(host, '.')
    const isPlain = (label: Glob) => label.length > 0 && /^[a-z0-9-]*$/.test(label.map(charOf).join(''))
    if (!labels.every(isPlain)) throw refused(text, 'has a host that is no host name')
    return null
  }
  const ascii = literal.startsWith('[') ? literal : domainToASCII(literal)
  if (ascii === '' || /[@%\\\s\p{C}]/u.test(literal)) throw refused(text, 'has a host that is no host name')
  return ascii
}

function split(text: string, glob: Glob): Parts {
  const colon = glob.findIndex((step) => step.kind === 'char' && step.char === ':')
  const scheme = (literalOf(glob.slice(0, Math.max(0, colon))) ?? '').toLowerCase()
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw refused(text, 'must begin with a scheme, spelt out')
  if (isForbiddenScheme(scheme)) throw refused(text, 'has a scheme that is never redirected to')
  // What stands behind a # never reaches a server, so it is not part of the comparison.
  const rest = splitAt(glob.slice(colon + 1), '#')[0] ?? []
  if (!isWeb(scheme)) return { scheme, host: [], port: '', rest }
  if (literalOf(rest.slice(0, 2)) !== '//') throw refused(text, 'must have // after its scheme')
  const authority = splitAt(rest.slice(2), '/')[0] ?? []
  const { host, port } = splitPort(text, authority)
  return { scheme, host: host.map(lower), port: port ?? defaultPort(scheme), rest: rest.slice(2 + authority.length) }
}

function splitPort(text: string, authority: Glob): { host: Glob; port: string | null } {
  const bracket = authority.findIndex((step) => step.kind === 'char' && step.char === ']')
  const colon = authority.findIndex((step, at) => at > bracket && step.kind === 'char' && step.char === ':')
  if (colon < 0) return { host: authority, port: null }
  const steps = authority.slice(colon + 1)
  const open = steps.length === 1 && (steps[0]?.kind === 'star' || steps[0]?.kind === 'deep')
  const port = open ? '*' : literalOf(steps)
  if (port === null || !/^(?:\*|[0-9]{1,5})$/.test(port))
    throw refused(text, 'has a port that is neither a number nor *')
  return { host: authority.slice(0, colon), port: open ? port : String(Number(port)) }
}

function splitAt(glob: Glob, char: string): Glob[] {
  const parts: Glob[] = []
  let from = 0
  glob.forEach((step, at) => {
    if (step.kind !== 'char' || step.char !== char) return
    parts.push(glob.slice(from, at))
    from = at + 1
  })
  return [...parts, glob.slice(from)]
}

// A run of any kind stays within one label of the host.
function lower(step: Glob[number]): Glob[number] {
  if (step.kind === 'deep') return { kind: 'star' }
  return step.kind === 'char' ? { kind: 'char', char: step.char.toLowerCase() } : step
}

function charOf(step: Glob[number]): string {
  return step.kind === 'char' ? step.char : ''
}

function globsOf(text: string): readonly Glob[] {
  try {
    return readGlobs(text)
  } catch (error) {
    if (error instanceof GlobError) throw refused(text, error.message)
    throw error
  }
}

function refused(text: string, why: string) {
  return invalid('redirectUrls', `${JSON.stringify(text.slice(0, 100))} ${why}`)
}
