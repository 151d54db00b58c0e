/** The families of password hashes that can be verified; `argon2id` stands for argon2i as well. */
export type PasswordScheme = 'argon2id' | 'bcrypt' | 'scrypt' | 'fbscrypt' | 'pbkdf2'

/** Digests that PBKDF2 hashes are found with. */
export type Pbkdf2Digest = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** argon2id or argon2i, version 19 (RFC 9106). */
export interface Argon2Hash {
  readonly scheme: 'argon2id'
  readonly variant: 'argon2id' | 'argon2i'
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Buffer
  readonly output: Buffer
}

/** bcrypt, kept as its text; `cost` is the base-2 logarithm of the rounds. */
export interface BcryptHash {
  readonly scheme: 'bcrypt'
  readonly cost: number
  readonly text: string
}

/** scrypt (RFC 7914). */
export interface ScryptHash {
  readonly scheme: 'scrypt'
  /** Base-2 logarithm of N. */
  readonly logCost: number
  readonly blockSize: number
  readonly lanes: number
  readonly salt: Buffer
  readonly output: Buffer
}

/** Firebase's scrypt: the derived key encrypts a key of the project, and the cipher text is the hash. */
export interface FirebaseHash extends Omit<ScryptHash, 'scheme'> {
  readonly scheme: 'fbscrypt'
  readonly signerKey: Buffer
  readonly saltSeparator: Buffer
}

/** PBKDF2 with HMAC (RFC 8018 §5.2). */
export interface Pbkdf2Hash {
  readonly scheme: 'pbkdf2'
  readonly digest: Pbkdf2Digest
  readonly iterations: number
  readonly salt: Buffer
  readonly output: Buffer
}

/** A stored hash taken apart; its parameters are within the ceilings. */
export type StoredHash = Argon2Hash | BcryptHash | ScryptHash | FirebaseHash | Pbkdf2Hash
