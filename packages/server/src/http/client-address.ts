import ipaddr from 'ipaddr.js'

/** Who is calling, as an address and as what limits count by. */
export interface Client {
  /** Canonical text: IPv4 dotted, IPv6 compressed lower case, mapped IPv4 as IPv4; `0.0.0.0` when unknown. */
  readonly ip: string
  /** The IPv4 address itself, or the /64 an IPv6 address is in. */
  readonly network: string
}

export interface ClientAddresses {
  /** @param peer the other end of the socket. @param forwarded the X-Forwarded-For header, believed from proxies only. */
  clientOf(peer: string | undefined, forwarded: string | undefined): Client
  /** Whether this address is one of the configured proxies. */
  isProxy(address: string): boolean
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = [Address, number]

function parse(text: string): Address | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 64) return undefined
  if (ipaddr.IPv4.isValidFourPartDecimal(trimmed)) return ipaddr.IPv4.parse(trimmed)
  const bare = trimmed.replace(/^\[([^\]]*)\](?::\d+)?$/, '$1').replace(/%.*$/, '')
  if (bare.includes(':') && ipaddr.IPv6.isValid(bare)) {
    const long = ipaddr.IPv6.parse(bare)
    return long.isIPv4MappedAddress() ? long.toIPv4Address() : long
  }
  const [host = '', port] = trimmed.split(':')
  return port !== undefined && /^\d+$/.test(port) && ipaddr.IPv4.isValidFourPartDecimal(host)
    ? ipaddr.IPv4.parse(host)
    : undefined
}

function describe(address: Address): Client {
  const ip = address.toString()
  if (address instanceof ipaddr.IPv4) return { ip, network: ip }
  const prefix = new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])
  return { ip, network: `${prefix.toString()}/64` }
}

function parseRange(text: string): Range {
  const [host = '', bits] = text.split('/')
  const address = parse(host)
  const widest = address instanceof ipaddr.IPv4 ? 32 : 128
  const length = bits === undefined ? widest : Number(bits)
  if (!address || !Number.isInteger(length) || length < 0 || length > widest || bits === '') {
    throw new Error(`not an address or CIDR range: ${text}`)
  }
  return [address, length]
}

const unknown: Client = { ip: '0.0.0.0', network: '0.0.0.0' }

/**
 * Finds the caller's address (S120): the socket's, unless that is a configured proxy; then the X-Forwarded-For list is
 * walked from the right past known proxies. An entry that is no address ends the walk at the proxy that passed it on.
 * No other header is looked at.
 * @param proxies addresses and CIDR ranges. @throws Error for one that is neither.
 */
export function createClientAddresses(proxies: readonly string[] = []): ClientAddresses {
  const ranges = proxies.map(parseRange)
  const within = (address: Address) =>
    ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))

  const walk = (peer: Address, forwarded: string): Address => {
    let current = peer
    const hops = forwarded.split(',')
    while (within(current)) {
      const next = parse(hops.pop() ?? '')
      if (!next) return current
      current = next
    }
    return current
  }

  return {
    clientOf(peer, forwarded) {
      if (peer === undefined) return unknown
      const address = parse(peer)
      if (!address) return unknown
      return describe(forwarded === undefined || ranges.length === 0 ? address : walk(address, forwarded))
    },
    isProxy(address) {
      const parsed = parse(address)
      return parsed !== undefined && within(parsed)
    },
  }
}
