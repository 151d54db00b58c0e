import { uuidShape } from '../../base/encoding.ts'
import type { Runtime } from '../../base/runtime.ts'
import { type RefreshToken, secret } from '../../base/secrets.ts'
import type { Vault } from '../vault/vault.ts'

/** What refresh tokens turn into. */
export interface Successors {
  /** The successor of a token: the same one for the same salt. */
  of(token: string, salt: Uint8Array): RefreshToken
  /** A salt for a successor that is like no other. */
  salt(): Buffer
  /** A salt with which a token has a successor that is there already: another token's. */
  saltTowards(token: string, successor: string): Buffer
}

const length = 16

/**
 * A successor follows from the token and a stored salt under a key that is not in the database, so the same question gets
 * the same answer although only digests are kept. Two tokens may have one successor: then the salt of the second carries,
 * behind its first half, how its own derivation differs. Without the token and the key that is noise.
 */
export function createSuccessors(vault: Vault, runtime: Pick<Runtime, 'randomBytes'>): Successors {
  const derived = (token: string, salt: Uint8Array) => vault.mac('refresh', token, salt.subarray(0, length))
  const salt = () => Buffer.from(runtime.randomBytes(length))
  return {
    of: (token, whole) => secret(uuidShape(differing(derived(token, whole), whole.subarray(length)))),
    salt,
    saltTowards(token, successor) {
      const head = salt()
      const bytes = Buffer.from(successor.replaceAll('-', ''), 'hex')
      return Buffer.concat([head, differing(derived(token, head), bytes)])
    },
  }
}

/** The first bytes, changed by a difference; without one, as they are. */
const differing = (bytes: Uint8Array, by: Uint8Array): Buffer =>
  Buffer.from(bytes.subarray(0, length).map((byte, index) => byte ^ (by[index] ?? 0)))
