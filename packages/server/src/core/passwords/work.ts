import type { Pbkdf2Digest } from './stored-hash.ts'

/** One computation for a hashing thread. Plain data, because it is copied from thread to thread. */
export type Work =
  | {
      readonly kind: 'argon2'
      readonly variant: 'argon2id' | 'argon2i'
      readonly password: Uint8Array
      readonly salt: Uint8Array
      readonly memoryKiB: number
      readonly passes: number
      readonly lanes: number
      readonly length: number
    }
  | { readonly kind: 'bcrypt'; readonly password: Uint8Array; readonly text: string }
  | {
      readonly kind: 'scrypt'
      readonly password: Uint8Array
      readonly salt: Uint8Array
      readonly cost: number
      readonly blockSize: number
      readonly lanes: number
      readonly length: number
    }
  | {
      readonly kind: 'pbkdf2'
      readonly password: Uint8Array
      readonly salt: Uint8Array
      readonly digest: Pbkdf2Digest
      readonly iterations: number
      readonly length: number
    }

/**
 * The same with bytes of its own. What is sent to a thread takes along the whole memory its bytes lie in, and short ones
 * share theirs with whatever else the process has lately held.
 */
export function workAlone(work: Work): Work {
  const password = new Uint8Array(work.password)
  return work.kind === 'bcrypt' ? { ...work, password } : { ...work, password, salt: new Uint8Array(work.salt) }
}

/** Computes off the event loop. For bcrypt the answer is one byte: 1 when the password fits. */
export type Compute = (work: Work) => Promise<Uint8Array>
