import { createPublicKey, verify } from 'node:crypto'
import type { Chain } from './wallet-message.ts'

/**
 * The one form in which an address is kept: Ethereum's in lower case, Solana's as it is. Undefined for what is none,
 * and for an Ethereum address in mixed case whose checksum is wrong (EIP-55).
 */
export async function canonicalAddress(chain: Chain, text: string): Promise<string | undefined> {
  if (chain === 'solana') return (await solanaKey(text)) === undefined ? undefined : text
  const { addr } = await import('micro-eth-signer')
  return /^0x[\da-fA-F]{40}$/.test(text) && addr.isValid(text) ? text.toLowerCase() : undefined
}

/** An address as wallets show it: Ethereum's with its checksum. @param address in its canonical form */
export async function shownAddress(chain: Chain, address: string): Promise<string> {
  if (chain === 'solana') return address
  const { addr } = await import('micro-eth-signer')
  return addr.addChecksum(address)
}

/** The forms a signature may have on the wire. */
export const signatureShapes: Readonly<Record<Chain, RegExp>> = {
  ethereum: /^(?:0x)?[\da-fA-F]{130}$/,
  solana: /^[\w+/-]{86}(?:==)?$/,
}

/**
 * Whether the holder of an address has signed a text. Externally owned accounts alone: a contract's signature (ERC-1271)
 * could be judged by its chain only.
 * @param said.address in its canonical form. @param said.signature of the shape of {@link signatureShapes}
 */
export function isSignedBy(said: {
  readonly chain: Chain
  readonly address: string
  readonly text: string
  readonly signature: string
}): Promise<boolean> {
  if (!signatureShapes[said.chain].test(said.signature)) return Promise.resolve(false)
  return said.chain === 'ethereum' ? isSignedOnEthereum(said) : isSignedOnSolana(said)
}

interface Signed {
  readonly address: string
  readonly text: string
  readonly signature: string
}

/** `personal_sign` (EIP-191, version 0x45). A signature with a high `s` is refused (EIP-2). */
async function isSignedOnEthereum({ address, text, signature }: Signed): Promise<boolean> {
  const { eip191Signer } = await import('micro-eth-signer')
  const hex = signature.replace(/^0x/, '').toLowerCase()
  // Some hardware wallets count the recovery bit from 0 in place of 27.
  const bit = { '00': '1b', '01': '1c' }[hex.slice(128)] ?? hex.slice(128)
  try {
    return eip191Signer.recoverAddress(`0x${hex.slice(0, 128)}${bit}`, text).toLowerCase() === address
  } catch {
    return false
  }
}

async function isSignedOnSolana({ address, text, signature }: Signed): Promise<boolean> {
  const raw = await solanaKey(address)
  if (raw === undefined) return false
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') },
  })
  const given = Buffer.from(signature, 'base64url')
  return [Buffer.from(text), ...envelopes(text, raw)].some((bytes) => verify(null, bytes, key, given))
}

/** The key that a Solana address is; undefined for one of small order, for which anybody can sign. */
async function solanaKey(address: string): Promise<Uint8Array | undefined> {
  const [{ ed25519 }, { base58 }] = await Promise.all([import('@noble/curves/ed25519.js'), import('@scure/base')])
  try {
    const raw = base58.decode(address)
    return raw.length === 32 && !ed25519.Point.fromBytes(raw).isSmallOrder() ? raw : undefined
  } catch {
    return undefined
  }
}

const domain = Buffer.concat([Buffer.from([0xff]), Buffer.from('solana offchain'), Buffer.from([0])])

/**
 * What hardware wallets sign in place of the bare text: an off-chain message of version 0, for restricted ASCII or for
 * UTF-8, with application and signer in its header, or without as older devices have it.
 */
function envelopes(text: string, signer: Uint8Array): readonly Buffer[] {
  const body = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16LE(body.length)
  return [0, 1].flatMap((form) => [
    Buffer.concat([domain, Buffer.alloc(32), Buffer.from([form, 1]), signer, length, body]),
    Buffer.concat([domain, Buffer.from([form]), length, body]),
  ])
}
