import { createCipheriv } from 'node:crypto'
import { sameBytes } from '../../base/digest.ts'
import type { BcryptHash, FirebaseHash, StoredHash } from './stored-hash.ts'
import type { Compute, Work } from './work.ts'

/** Whether the password is the one the hash was made from. Always computes, also for input that cannot match. */
export async function matchesHash(hash: StoredHash, password: Buffer, compute: Compute): Promise<boolean> {
  if (hash.scheme === 'bcrypt') return matchesBcrypt(hash, password, compute)
  const output = await compute(workFor(hash, password))
  return sameBytes(hash.scheme === 'fbscrypt' ? encryptSignerKey(hash, output) : output, hash.output)
}

// bcrypt ignores what follows byte 72, and repeats its key after a zero byte, so that `abc` equals `abc\0abc`. Such
// input is never right; a fixed text is computed in its place, to take as long as any other wrong password.
async function matchesBcrypt(hash: BcryptHash, password: Buffer, compute: Compute): Promise<boolean> {
  const distinct = password.length <= 72 && !password.includes(0)
  const work: Work = { kind: 'bcrypt', password: distinct ? password : Buffer.from('-'), text: hash.text }
  const [fits] = await compute(work)
  return distinct && fits === 1
}

function workFor(hash: Exclude<StoredHash, BcryptHash>, password: Buffer): Work {
  switch (hash.scheme) {
    case 'argon2id': {
      const { variant, salt, memoryKiB, passes, lanes } = hash
      return { kind: 'argon2', variant, password, salt, memoryKiB, passes, lanes, length: hash.output.length }
    }
    case 'pbkdf2': {
      const { digest, salt, iterations } = hash
      return { kind: 'pbkdf2', password, digest, salt, iterations, length: hash.output.length }
    }
    case 'scrypt':
    case 'fbscrypt': {
      const { blockSize, lanes } = hash
      const salt = hash.scheme === 'fbscrypt' ? Buffer.concat([hash.salt, hash.saltSeparator]) : hash.salt
      const length = hash.scheme === 'fbscrypt' ? 32 : hash.output.length
      return { kind: 'scrypt', password, salt, cost: 2 ** hash.logCost, blockSize, lanes, length }
    }
  }
}

// Firebase stores the project's signer key, encrypted with AES-256 in counter mode from zero under the derived key.
function encryptSignerKey(hash: FirebaseHash, key: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return Buffer.concat([cipher.update(hash.signerKey), cipher.final()])
}
