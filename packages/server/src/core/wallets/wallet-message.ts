import { Refusal } from '../../base/errors.ts'

/** The chains whose wallets sign people in. */
export const chains = ['ethereum', 'solana'] as const
export type Chain = (typeof chains)[number]

/** What a wallet was asked to sign (EIP-4361, and its twin for Solana), taken apart. */
export interface WalletMessage {
  readonly chain: Chain
  /** Host of the page that asks, with its port where it has one of its own. */
  readonly domain: string
  /** As it was written. */
  readonly address: string
  readonly statement: string | null
  readonly uri: string
  /** The chain id; empty where there is none. */
  readonly network: string
  readonly issuedAt: Date
  readonly notBefore: Date | null
  readonly expiresAt: Date | null
}

const names: Readonly<Record<Chain, string>> = { ethereum: 'Ethereum', solana: 'Solana' }
const networks: Readonly<Record<Chain, RegExp>> = {
  ethereum: /^[1-9]\d{0,18}$/,
  solana: /^(?:solana:)?(?:mainnet|devnet|testnet|localnet)$/,
}
const addresses: Readonly<Record<Chain, RegExp>> = {
  ethereum: /^0x[\da-fA-F]{40}$/,
  solana: /^[1-9A-HJ-NP-Za-km-z]{32,44}$/,
}
const hostName =
  /^(?:localhost|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9]))(?::\d{1,5})?$/
const instantShape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** A message that is not of the form, in words for whoever builds the app. */
const malformed = (detail: string) =>
  new Refusal('wallet_signature_invalid', { details: { reason: 'malformed', detail } })

/**
 * Reads a message. Fields may come in any order, and unknown ones are passed over; none of ours counts twice.
 * @throws Refusal `wallet_signature_invalid` with `details.reason` `malformed` and `details.detail`
 */
export function readWalletMessage(text: string, chain: Chain): WalletMessage {
  if (/[^\P{Cc}\n]/u.test(text)) throw malformed('message must not contain control characters')
  const [first = '', address = '', third, ...rest] = text.split('\n')
  if (rest.length < 3) throw malformed('message needs at least 6 lines')
  const domain = domainIn(first, chain)
  if (!addresses[chain].test(address)) throw malformed(`second line must be the ${names[chain]} address`)
  if (third !== '') throw malformed('third line must be empty')
  const hasStatement = rest[0] !== '' && rest[1] === ''
  const fields = fieldsIn(hasStatement ? rest.slice(2) : rest)
  if (fields.get('Version') !== '1') throw malformed('Version must be 1')
  const network = fields.get('Chain ID')
  if (network !== undefined && !networks[chain].test(network)) throw malformed('Chain ID is not known')
  const uri = fields.get('URI') ?? ''
  if (!URL.canParse(uri)) throw malformed('URI must be an absolute URI')
  const issuedAt = instantIn(fields, 'Issued At')
  if (issuedAt === null) throw malformed('Issued At is missing')
  return {
    chain,
    domain,
    address,
    statement: hasStatement ? (rest[0] ?? null) : null,
    uri,
    network: network ?? '',
    issuedAt,
    ...timesIn(fields, issuedAt),
  }
}

function domainIn(line: string, chain: Chain): string {
  const ending = ` wants you to sign in with your ${names[chain]} account:`
  if (!line.endsWith(ending)) throw malformed(`first line must end in "${ending.trimStart()}"`)
  const domain = line.slice(0, -ending.length)
  if (!hostName.test(domain)) throw malformed('domain in the first line must be a host name')
  return domain
}

function fieldsIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let isListing = false
  for (const line of lines.map((each) => each.trim())) {
    if (isListing && line.startsWith('- ')) continue
    // One of the official clients leaves the colon out.
    isListing = /^Resources:?$/.test(line)
    if (isListing || line === '') continue
    const at = line.indexOf(':')
    if (at < 1) throw malformed('every line needs a name and a colon')
    const name = line.slice(0, at)
    if (fields.has(name)) throw malformed('a field appears twice')
    fields.set(name, line.slice(at + 1).trim())
  }
  return fields
}

function timesIn(fields: ReadonlyMap<string, string>, issuedAt: Date): Pick<WalletMessage, 'notBefore' | 'expiresAt'> {
  const notBefore = instantIn(fields, 'Not Before')
  const expiresAt = instantIn(fields, 'Expiration Time')
  if (expiresAt !== null && issuedAt > expiresAt) throw malformed('Issued At must not be after Expiration Time')
  if (expiresAt !== null && notBefore !== null && notBefore > expiresAt)
    throw malformed('Not Before must not be after Expiration Time')
  return { notBefore, expiresAt }
}

function instantIn(fields: ReadonlyMap<string, string>, name: string): Date | null {
  const text = fields.get(name)
  if (text === undefined) return null
  const at = new Date(text)
  if (!instantShape.test(text) || Number.isNaN(at.getTime())) throw malformed(`${name} must be a time (RFC 3339)`)
  return at
}

/** What {@link writeWalletMessage} says. */
export type NewWalletMessage = Omit<WalletMessage, 'notBefore' | 'expiresAt'> & {
  readonly statement: string
  readonly nonce: string
  readonly expiresAt: Date
}

/** A message for a wallet to sign, with every field in the order of EIP-4361. */
export function writeWalletMessage(message: NewWalletMessage): string {
  const { chain, domain, address, statement, uri, network, nonce, issuedAt, expiresAt } = message
  return [
    `${domain} wants you to sign in with your ${names[chain]} account:`,
    address,
    '',
    statement,
    '',
    `URI: ${uri}`,
    'Version: 1',
    `Chain ID: ${network}`,
    `Nonce: ${nonce}`,
    `Issued At: ${issuedAt.toISOString()}`,
    `Expiration Time: ${expiresAt.toISOString()}`,
  ].join('\n')
}
