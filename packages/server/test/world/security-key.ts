import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

type Json = Record<string, unknown>

/** What may be wrong about an answer. */
export interface Faults {
  readonly origin?: string
  readonly rpId?: string
  readonly challenge?: string
  readonly type?: string
  readonly crossOrigin?: boolean
  /** Whether somebody touched it. Default true. */
  readonly present?: boolean
  /** Whether it made sure who touched it. Default false, as with a plain key. */
  readonly verified?: boolean
  readonly counter?: number
  readonly userHandle?: string
  /** Changed after it was signed. */
  readonly tampered?: boolean
}

/** A security key in software: what a browser's `toJSON()` would say, for good and for bad. */
export interface SecurityKey {
  readonly id: string
  /** Makes a credential of creation options (WebAuthn Level 3 §5.4). */
  create(options: Json, faults?: Faults): Json
  /** Proves it by request options (§5.5). */
  get(options: Json, faults?: Faults): Json
}

const digest = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest()
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** @param origin the page it is used on */
export function securityKey(origin: string): SecurityKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const credentialId = randomBytes(32)
  const id = text(credentialId)
  let counter = 0

  const clientData = (type: string, options: Json, faults: Faults): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: faults.type ?? type,
        challenge: faults.challenge ?? options['challenge'],
        origin: faults.origin ?? origin,
        crossOrigin: faults.crossOrigin ?? false,
      }),
    )
  const head = (rpId: unknown, more: number, { present = true, verified = false, ...faults }: Faults): Buffer => {
    counter += 1
    const count = Buffer.alloc(4)
    count.writeUInt32BE(faults.counter ?? counter)
    const flags = (present ? 0x01 : 0) | (verified ? 0x04 : 0) | more
    return Buffer.concat([digest(faults.rpId ?? String(rpId)), Buffer.of(flags), count])
  }
  const credential = (response: Json): Json => ({
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    authenticatorAttachment: 'cross-platform',
    response,
  })

  return {
    id,
    create(options, faults = {}) {
      const cose = new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
        [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
      ])
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credentialId.length)
      const authData = Buffer.concat([
        head((options['rp'] as Json)['id'], 0x40, faults),
        Buffer.alloc(16),
        length,
        credentialId,
        isoCBOR.encode(cose),
      ])
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authData)],
      ])
      return credential({
        clientDataJSON: text(clientData('webauthn.create', options, faults)),
        attestationObject: text(isoCBOR.encode(attestation as never)),
        transports: ['usb'],
      })
    },
    get(options, faults = {}) {
      const client = clientData('webauthn.get', options, faults)
      const authData = head(options['rpId'], 0, faults)
      const signature = sign('sha256', Buffer.concat([authData, digest(client)]), privateKey)
      if (faults.tampered === true) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
      return credential({
        clientDataJSON: text(client),
        authenticatorData: text(authData),
        signature: text(signature),
        ...(faults.userHandle === undefined ? {} : { userHandle: text(Buffer.from(faults.userHandle)) }),
      })
    },
  }
}
