import type { Address } from '../users/users.ts'
import { parseDomain, parseEmail } from './email.ts'
import { parsePhone } from './phone.ts'

/** Who may have an account here, by their address. */
export interface AddressRules {
  /** Whether an address may be that of a new account, or become that of one there is. */
  allows(address: Address): boolean
  /** Whether only those on a list may have one, so that nobody can without an address. */
  readonly closed: boolean
}

/** One entry of a list, in the form addresses are stored in. */
type Entry =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'domain'; readonly domain: string }
  /** Everything below a domain, not the domain itself. */
  | { readonly kind: 'below'; readonly domain: string }

/**
 * Reads `user@example.com`, `example.com` (or `@example.com`), `*.example.com` and `+12025550100`. Case, alphabet and a dot at
 * the end make no difference, as they make none for addresses.
 * @returns undefined for anything else
 */
export function readAddressEntry(text: string): Entry | undefined {
  const bare = text.normalize('NFKC').trim().replace(/\.$/, '')
  const domain = bare.replace(/^@/, '')
  try {
    if (bare.startsWith('+')) return { kind: 'address', address: parsePhone(bare) }
    if (domain.startsWith('*.')) return { kind: 'below', domain: parseDomain(domain.slice(2).toLowerCase()) }
    if (!domain.includes('@')) return { kind: 'domain', domain: parseDomain(domain.toLowerCase()) }
    return { kind: 'address', address: parseEmail(bare) }
  } catch {
    return undefined
  }
}

/** A list, sorted for looking up. */
interface Listed {
  readonly addresses: ReadonlySet<string>
  readonly domains: ReadonlySet<string>
  readonly below: ReadonlySet<string>
}

function sortOut(list: readonly string[]): Listed {
  const entries = list.map(readAddressEntry).filter((entry) => entry !== undefined)
  const domainsOf = (kind: 'domain' | 'below') =>
    new Set(entries.flatMap((entry) => (entry.kind === kind ? entry.domain : [])))
  return {
    addresses: new Set(entries.flatMap((entry) => (entry.kind === 'address' ? entry.address : []))),
    domains: domainsOf('domain'),
    below: domainsOf('below'),
  }
}

/**
 * The lists of who may and who may not have an account. What names one address is stronger than what names its domain, and
 * blocking is stronger than allowing. A tag (`+news`) does not free a blocked address, and is none that an allowed one has.
 */
export function createAddressRules(lists: {
  readonly allow: readonly string[]
  readonly block: readonly string[]
}): AddressRules {
  const closed = lists.allow.length > 0
  if (!closed && lists.block.length === 0) return { allows: () => true, closed }
  const allow = sortOut(lists.allow)
  const block = sortOut(lists.block)
  return {
    closed,
    allows(address) {
      const text = 'email' in address ? address.email : address.phone
      if (block.addresses.has(text) || block.addresses.has(withoutTag(text))) return false
      if (allow.addresses.has(text)) return true
      const domain = 'email' in address ? text.slice(text.lastIndexOf('@') + 1) : ''
      if (isListed(block, domain)) return false
      return !closed || isListed(allow, domain)
    },
  }
}

const withoutTag = (email: string): string => email.replace(/^([^+@]+)\+[^@]*@/, '$1@')

function isListed({ domains, below }: Listed, domain: string): boolean {
  if (domain === '') return false
  if (domains.has(domain)) return true
  const labels = domain.split('.')
  return labels.some((_, index) => index > 0 && below.has(labels.slice(index).join('.')))
}
