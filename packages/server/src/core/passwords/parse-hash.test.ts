import { describe, expect, it } from 'vitest'
import { assertImportable, parseHash, schemeOf } from './parse-hash.ts'

const salt = 'c2FsdHNhbHRzYWx0c2FsdA'
const output = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
const bcrypt = (cost: string) => `$2b$${cost}$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234`
const firebase = (n: number) => `$fbscrypt$v=1,n=${n},r=8,p=1,ss=Bw==,sk=${output}=$${salt}==$${output}=`

const accepted = {
  argon2id: [`$argon2id$v=19$m=262144,t=10,p=16$${salt}$${output}`, `$argon2i$v=19$m=16,t=1,p=1$${salt}$${output}`],
  bcrypt: [bcrypt('04'), bcrypt('14')],
  scrypt: [`$scrypt$ln=17,r=8,p=4$${salt}$${output}`],
  fbscrypt: [firebase(14)],
  pbkdf2: [
    `$pbkdf2-sha256$i=10000000,l=32$${salt}$${output}`,
    `$pbkdf2-sha512$29000$${salt}$${output}`,
    `pbkdf2_sha256$870000$sea$${output}=`,
  ],
}

const costly = [
  `$argon2id$v=19$m=4194304,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=262145,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=19456,t=11,p=1$${salt}$${output}`,
  bcrypt('15'),
  bcrypt('20'),
  bcrypt('31'),
  `$scrypt$ln=22,r=8,p=1$${salt}$${output}`,
  `$scrypt$ln=17,r=8,p=5$${salt}$${output}`,
  `$scrypt$ln=10,r=1000000,p=1$${salt}$${output}`,
  firebase(18),
  `$pbkdf2-sha256$i=1000000000$${salt}$${output}`,
  `$pbkdf2-sha256$10000001$${salt}$${output}`,
  `pbkdf2_sha1$6000000$sea$${output}`,
]

const malformed = [
  `$argon2id$v=16$m=19456,t=2,p=1$${salt}$${output}`,
  `$argon2id$m=19456,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=19456,t=2$${salt}$${output}`,
  `$argon2id$v=19$m=19456,t=2,p=1,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=4,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=19456,t=0,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=-1,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=1e4,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=99999999999999999999,t=2,p=1$${salt}$${output}`,
  `$argon2id$v=19$m=19456,t=2,p=1$${salt}$`,
  `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${output}$`,
  `$argon2id$v=19$m=19456,t=2,p=1$sa lt$${output}`,
  '$2b$10$short',
  bcrypt('03'),
  bcrypt('32'),
  bcrypt('+8'),
  `$scrypt$ln=0,r=8,p=1$${salt}$${output}`,
  `$scrypt$${salt}$${output}`,
  firebase(14).replace('v=1', 'v=2'),
  firebase(14).replace(/sk=[^$]*/, 'sk='),
  `$pbkdf2-md5$1000$${salt}$${output}`,
  `$pbkdf2-sha256$i=1000,l=31$${salt}$${output}`,
  `$pbkdf2-sha256$0$${salt}$${output}`,
  `pbkdf2_sha256$1000$$${output}`,
]

const unknown = [
  '',
  'secret',
  '$1$abc$def',
  '$argon2d$v=19$m=16,t=2,p=1$a$b',
  '$2x$10$abc',
  '$argon2idx$',
  'a'.repeat(100_000),
]

describe('parseHash', () => {
  it.each(Object.entries(accepted))('reads %s', (scheme, texts) => {
    for (const text of texts) expect([parseHash(text).scheme, schemeOf(text)]).toEqual([scheme, scheme])
  })

  it.each(costly)('S5: refuses to import %s as too costly', (text) => {
    expect(() => assertImportable(text)).toThrow(
      expect.objectContaining({ code: 'hash_not_supported', details: { reason: 'too_costly' } }),
    )
  })

  it.each(malformed)('refuses %s as malformed', (text) => {
    expect(() => assertImportable(text)).toThrow(
      expect.objectContaining({ code: 'hash_not_supported', details: { reason: 'malformed' } }),
    )
  })

  it('refuses every scheme it does not know', () => {
    for (const text of unknown) {
      expect(schemeOf(text)).toBeNull()
      expect(() => parseHash(text)).toThrow(expect.objectContaining({ code: 'hash_not_supported' }))
    }
  })
})
