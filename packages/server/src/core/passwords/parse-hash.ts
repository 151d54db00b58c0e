import { Refusal } from '../../base/errors.ts'
import { readArgon2, readBcrypt, readDjangoPbkdf2, readFirebase, readPbkdf2, readScrypt } from './hash-readers.ts'
import type { PasswordScheme, StoredHash } from './stored-hash.ts'

const maxTextLength = 1024

/**
 * Takes a password hash apart. Understood are
 * - argon2id and argon2i: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`
 * - bcrypt: `$2a$`, `$2b$`, `$2y$`
 * - scrypt: `$scrypt$ln=…,r=…,p=…$salt$hash`
 * - Firebase scrypt: `$fbscrypt$v=1,n=…,r=…,p=…,ss=…,sk=…$salt$hash`, `n` being the logarithm
 * - PBKDF2: `$pbkdf2-sha256$i=…,l=…$salt$hash`, `$pbkdf2-sha256$29000$salt$hash`, `pbkdf2_sha256$29000$salt$hash`
 *
 * Ceilings, above which a hash is never computed: argon2 256 MiB, 10 passes and 16 lanes; bcrypt cost 14; scrypt
 * N = 2^17, 256 MiB and N·r·p = 2^22; PBKDF2 10,000,000 iterations.
 *
 * @throws Refusal `hash_not_supported` for an unknown scheme, a malformed text, or parameters above a ceiling;
 * `details.reason` is `unknown_scheme`, `malformed` or `too_costly`.
 */
export function parseHash(text: string): StoredHash {
  const scheme = text.length > maxTextLength ? null : schemeOf(text)
  if (scheme === null) throw new Refusal('hash_not_supported', { details: { reason: 'unknown_scheme' } })
  return readers[scheme](text)
}

/** Checks that a hash from elsewhere may be stored. @throws Refusal as {@link parseHash} does. */
export function assertImportable(text: string): void {
  parseHash(text)
}

/** What kind of hash the text says it is, judged by its beginning alone; `null` when unknown. */
export function schemeOf(text: string): PasswordScheme | null {
  for (const [beginning, scheme] of beginnings) if (text.startsWith(beginning)) return scheme
  return null
}

const beginnings: readonly (readonly [string, PasswordScheme])[] = [
  ['$argon2id$', 'argon2id'],
  ['$argon2i$', 'argon2id'],
  ['$2a$', 'bcrypt'],
  ['$2b$', 'bcrypt'],
  ['$2y$', 'bcrypt'],
  ['$scrypt$', 'scrypt'],
  ['$fbscrypt$', 'fbscrypt'],
  ['$pbkdf2-', 'pbkdf2'],
  ['$pbkdf2$', 'pbkdf2'],
  ['pbkdf2_', 'pbkdf2'],
]

const readers: Readonly<Record<PasswordScheme, (text: string) => StoredHash>> = {
  argon2id: readArgon2,
  bcrypt: readBcrypt,
  scrypt: readScrypt,
  fbscrypt: readFirebase,
  pbkdf2: (text) => (text.startsWith('$') ? readPbkdf2(text) : readDjangoPbkdf2(text)),
}
