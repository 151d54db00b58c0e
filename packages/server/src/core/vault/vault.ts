import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { hmacSha256, sameBytes } from '../../base/digest.ts'
import { OperatorError } from '../../base/operator-error.ts'
import type { Runtime } from '../../base/runtime.ts'

/** A 256-bit key and the short name it is known by in what it has sealed. */
export interface VaultKey {
  readonly id: string
  readonly bytes: Uint8Array
}

/** What a keyed digest is for; digests of one purpose say nothing in another. */
export type MacPurpose =
  | 'code'
  | 'refresh'
  | 'address'
  | 'cursor'
  | 'attempt-subject'
  | 'idempotency'
  | 'flow'
  | 'captcha'

/** Seals what must be readable again, and keys the digests of what is too short to be hashed bare. */
export interface Vault {
  /** Encrypts under the newest key. @param context names table, row and column; the value opens nowhere else. */
  seal(plain: string | Uint8Array, context: string): Buffer
  /** Decrypts what {@link seal} made. @throws Error when the key is missing, the context differs or a byte was changed. */
  open(sealed: Uint8Array, context: string): Buffer
  /** HMAC-SHA-256 under a key of that purpose, which is not in the database. */
  mac(purpose: MacPurpose, ...parts: (string | Uint8Array)[]): Buffer
  /** Whether that is what {@link mac} answers, or answered under an earlier key. */
  fits(mac: Uint8Array, purpose: MacPurpose, ...parts: (string | Uint8Array)[]): boolean
}

const format = 1
const nonceLength = 12
const tagLength = 16

/**
 * AES-256-GCM with a fresh 96-bit nonce (NIST SP 800-38D), the key's id in front, the context as associated data.
 * @param keys newest first: the first seals and keys digests, all open.
 */
export function createVault(keys: readonly [VaultKey, ...VaultKey[]], runtime: Pick<Runtime, 'randomBytes'>): Vault {
  const derive = (key: VaultKey, info: string) => Buffer.from(hkdfSync('sha256', key.bytes, 'watchword', info, 32))
  const sealing = new Map(keys.map((key) => [key.id, derive(key, 'seal')]))
  const newest = keys[0]
  const macKeys = new Map<string, Buffer>()
  const macKey = (key: VaultKey, purpose: MacPurpose): Buffer => {
    const name = `${key.id} ${purpose}`
    const known = macKeys.get(name)
    if (known !== undefined) return known
    const made = derive(key, `mac ${purpose}`)
    macKeys.set(name, made)
    return made
  }
  const keyNamed = (id: string): Buffer => {
    const key = sealing.get(id)
    if (key === undefined) {
      throw new OperatorError(
        `The encryption key "${id}" is not configured; a stored value needs it. Put it back behind the present one, with a comma between.`,
      )
    }
    return key
  }

  return {
    seal(plain, context) {
      const id = Buffer.from(newest.id)
      const nonce = runtime.randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', keyNamed(newest.id), nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(Buffer.from(plain as string)), cipher.final()])
      return Buffer.concat([Buffer.from([format, id.length]), id, nonce, cipher.getAuthTag(), body])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const idLength = bytes[1] ?? 0
      const start = 2 + idLength
      if (bytes[0] !== format || bytes.length < start + nonceLength + tagLength)
        throw new Error('A sealed value is damaged.')
      const key = keyNamed(bytes.toString('utf8', 2, start))
      const nonce = bytes.subarray(start, start + nonceLength)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(start + nonceLength, start + nonceLength + tagLength))
      return Buffer.concat([decipher.update(bytes.subarray(start + nonceLength + tagLength)), decipher.final()])
    },
    mac: (purpose, ...parts) => hmacSha256(macKey(newest, purpose), ...parts),
    fits: (mac, purpose, ...parts) => keys.some((key) => sameBytes(mac, hmacSha256(macKey(key, purpose), ...parts))),
  }
}
