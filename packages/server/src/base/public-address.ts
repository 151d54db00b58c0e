import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** The address in a text, mapped IPv4 as IPv4; undefined where it is none. Brackets around IPv6 are taken off. */
function read(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  if (!ipaddr.isValid(bare)) return undefined
  return ipaddr.process(bare)
}

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Whether the text is an IP address that anybody on the Internet may mean: not local, not private, not reserved (S117). */
export function isPublicAddress(text: string): boolean {
  const address = read(text)
  if (address === undefined) return false
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) return false
  return address.range() === 'unicast'
}

/** Whether an address lies in a network written in CIDR form, or is that address. */
export function isWithin(address: string, network: string): boolean {
  const one = read(address)
  if (one === undefined) return false
  if (!network.includes('/')) return read(network)?.toNormalizedString() === one.toNormalizedString()
  if (!ipaddr.isValidCIDR(network)) return false
  const [start, bits] = ipaddr.parseCIDR(network)
  return start.kind() === one.kind() && one.match([start, bits] as [ipaddr.IPv4, number])
}
