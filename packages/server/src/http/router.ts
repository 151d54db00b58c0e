import type { Mount, Route } from './route.ts'

/** A route with the mount it stands in. */
export interface Entry {
  readonly mount: Mount
  readonly route: Route
  /** Method and full path as declared: `GET /users/:id`. */
  readonly label: string
  readonly names: readonly string[]
}

/** All that answers at one path. */
export type Place = ReadonlyMap<string, Entry>

export interface Found {
  readonly place: Place
  /** Decoded parameters by position. */
  readonly values: readonly string[]
}

export interface Router {
  /** @param path raw, as it stood in the request line, without the query. */
  find(path: string): Found | undefined
  /** The mount whose base the path lies under: the longest one; never one at the root. */
  ownerOf(path: string): Mount | undefined
}

interface Branch {
  readonly fixed: Map<string, Branch>
  open?: Branch
  rest?: Map<string, Entry>
  place?: Map<string, Entry>
}

const declared = /^(?:\/(?::[A-Za-z]\w*|[\w.~-]+))*(?:\/\*|\/)?$/
// RFC 3986 §2.3: these never need an escape, so an escaped one is a second spelling.
const needless = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i
const hidden = /%(?:2f|5c|[01][0-9a-f]|7f)/i

function newBranch(): Branch {
  return { fixed: new Map() }
}

function decodeSegment(segment: string): string | undefined {
  if (segment === '' || segment === '.' || segment === '..' || segment.includes('\\')) return undefined
  if (!segment.includes('%')) return segment
  if (needless.test(segment) || hidden.test(segment)) return undefined
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function insert(root: Branch, segments: readonly string[]): Map<string, Entry> {
  let branch = root
  for (const segment of segments) {
    if (segment === '*') {
      branch.rest ??= new Map()
      return branch.rest
    }
    if (segment.startsWith(':')) {
      branch.open ??= newBranch()
      branch = branch.open
      continue
    }
    const next = branch.fixed.get(segment) ?? newBranch()
    branch.fixed.set(segment, next)
    branch = next
  }
  branch.place ??= new Map()
  return branch.place
}

function restOf(segments: readonly string[], from: number): string | undefined {
  const rest = segments.slice(from).map(decodeSegment)
  return rest.length > 0 && rest.every((part) => part !== undefined) ? rest.join('/') : undefined
}

function search(branch: Branch, segments: readonly string[], at: number, values: readonly string[]): Found | undefined {
  const segment = segments[at]
  if (segment === undefined) return branch.place && { place: branch.place, values }
  const fixed = branch.fixed.get(segment)
  const straight = fixed && search(fixed, segments, at + 1, values)
  if (straight) return straight
  const value = branch.open && decodeSegment(segment)
  const open = branch.open && value !== undefined && search(branch.open, segments, at + 1, [...values, value])
  if (open) return open
  const rest = branch.rest && restOf(segments, at)
  return branch.rest && rest !== undefined ? { place: branch.rest, values: [...values, rest] } : undefined
}

function register(root: Branch, exact: Map<string, Found>, mount: Mount, route: Route): void {
  const path = mount.base + route.path
  if (!declared.test(path) || path === '') throw new Error(`not a route path: ${path}`)
  const segments = path.slice(1).split('/')
  const place = insert(root, segments)
  if (place.has(route.method)) throw new Error(`two routes for ${route.method} ${path}`)
  const names = segments.filter((part) => /^[:*]/.test(part)).map((part) => (part === '*' ? 'rest' : part.slice(1)))
  if (new Set(names).size !== names.length) throw new Error(`one parameter name twice in ${path}`)
  place.set(route.method, { mount, route, label: `${route.method} ${path}`, names })
  if (names.length === 0) exact.set(path, { place, values: [] })
}

/**
 * One table for all mounts. Paths are compared as they were sent, byte by byte: no decoding, no folding of case, dots or
 * slashes, so that every route has one spelling (S115). A fixed segment beats a parameter, a parameter beats `*`.
 * Parameters are decoded once; one that hides a slash, backslash or control character is not found.
 * @throws Error for a malformed path or two routes in one place.
 */
export function createRouter(mounts: readonly Mount[]): Router {
  const root = newBranch()
  const exact = new Map<string, Found>()
  for (const mount of mounts) for (const route of mount.routes) register(root, exact, mount, route)
  const owners = mounts.filter((mount) => mount.base !== '').sort((a, b) => b.base.length - a.base.length)

  const findExactly = (path: string): Found | undefined =>
    exact.get(path) ?? (path.startsWith('/') ? search(root, path.slice(1).split('/'), 0, []) : undefined)

  const acceptsSlash = (found: Found): boolean =>
    [...found.place.values()].every((entry) => entry.mount.trailingSlash === 'accept')

  return {
    find(path) {
      const found = findExactly(path)
      if (found || path.length < 2 || !path.endsWith('/')) return found
      const bare = findExactly(path.slice(0, -1))
      return bare && acceptsSlash(bare) ? bare : undefined
    },
    ownerOf: (path) => owners.find((mount) => path === mount.base || path.startsWith(`${mount.base}/`)),
  }
}
