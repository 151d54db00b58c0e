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

/** Addresses of whatever machine one is on: the loopback, and those that stand for all of its own. */
const own = ['127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128'].map((network) => ipaddr.parseCIDR(network))

/** Whether an address, or a network in CIDR form, is the machine itself or has it inside. */
export function reachesHere(text: string): boolean {
  const one = read(text)
  const network = ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined
  const [start, bits] = network ?? [one, 128]
  return own.some(
    ([mine, all]) => start?.kind() === mine.kind() && mine.match([start, Math.min(bits, all)] as [ipaddr.IPv4, number]),
  )
}
