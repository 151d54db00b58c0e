import { Refusal } from '../../base/errors.ts'
import type { Argon2Hash, BcryptHash, FirebaseHash, Pbkdf2Digest, Pbkdf2Hash, ScryptHash } from './stored-hash.ts'

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. Version 19 only: older ones have a known weakness (RFC 9106 §3.1). */
export function readArgon2(text: string): Argon2Hash {
  const [variant, version, params, salt, output] = fields(text, 5)
  const read = parameters(params)
  const memoryKiB = integer(read.get('m'))
  const passes = integer(read.get('t'))
  const lanes = integer(read.get('p'))
  if (version !== 'v=19' || read.size !== 3 || passes < 1 || lanes < 1 || memoryKiB < 8 * lanes) throw malformed()
  if (memoryKiB > 256 * 1024 || passes > 10 || lanes > 16) throw tooCostly()
  return {
    scheme: 'argon2id',
    variant: variant === 'argon2i' ? 'argon2i' : 'argon2id',
    memoryKiB,
    passes,
    lanes,
    salt: bytes(salt, 8, 64),
    output: bytes(output, 12, 64),
  }
}

const bcryptText = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/

/** `$2a$`, `$2b$` or `$2y$`, two digits of cost, salt and hash in bcrypt's own base64. */
export function readBcrypt(text: string): BcryptHash {
  const cost = Number(bcryptText.exec(text)?.[1])
  if (!(cost >= 4 && cost <= 31)) throw malformed()
  if (cost > 14) throw tooCostly()
  return { scheme: 'bcrypt', cost, text }
}

/** `$scrypt$ln=…,r=…,p=…$salt$hash`. */
export function readScrypt(text: string): ScryptHash {
  const [, params, salt, output] = fields(text, 4)
  const read = parameters(params)
  if (read.size !== 3) throw malformed()
  const work = scryptWork(read.get('ln'), read)
  return { scheme: 'scrypt', ...work, salt: bytes(salt, 1, 128), output: bytes(output, 12, 128) }
}

/** `$fbscrypt$v=1,n=…,r=…,p=…,ss=…,sk=…$salt$hash`; the salt separator `ss` may be missing. */
export function readFirebase(text: string): FirebaseHash {
  const [, params, salt, output] = fields(text, 4)
  const read = parameters(params)
  if (read.get('v') !== '1') throw malformed()
  const separator = read.get('ss')
  return {
    scheme: 'fbscrypt',
    ...scryptWork(read.get('n'), read),
    salt: bytes(salt, 1, 128),
    output: bytes(output, 12, 128),
    signerKey: bytes(read.get('sk'), 12, 128),
    saltSeparator: separator === undefined ? Buffer.alloc(0) : bytes(separator, 0, 32),
  }
}

/** `$pbkdf2-<digest>$i=…,l=…$salt$hash`, or the iterations alone where the parameters stand. */
export function readPbkdf2(text: string): Pbkdf2Hash {
  const [id, params, salt, output] = fields(text, 4)
  const named = params.includes('=') ? parameters(params) : new Map([['i', params]])
  const hash = pbkdf2(
    id === 'pbkdf2' ? 'sha1' : id.slice('pbkdf2-'.length),
    named.get('i'),
    bytes(salt, 1, 128),
    output,
  )
  const length = named.get('l')
  if (length !== undefined && integer(length) !== hash.output.length) throw malformed()
  return hash
}

/** `pbkdf2_<digest>$iterations$salt$hash`, where the salt is plain text. */
export function readDjangoPbkdf2(text: string): Pbkdf2Hash {
  const [id, iterations, salt, output] = fields(`$${text}`, 4)
  if (salt === '') throw malformed()
  return pbkdf2(id.slice('pbkdf2_'.length), iterations, Buffer.from(salt), output)
}

const digests: ReadonlyMap<string, { readonly digest: Pbkdf2Digest; readonly block: number }> = new Map([
  ['sha1', { digest: 'sha1', block: 20 }],
  ['sha256', { digest: 'sha256', block: 32 }],
  ['sha384', { digest: 'sha384', block: 48 }],
  ['sha512', { digest: 'sha512', block: 64 }],
])

function pbkdf2(name: string, iterationText: string | undefined, salt: Buffer, outputText: string): Pbkdf2Hash {
  const known = digests.get(name)
  const iterations = integer(iterationText)
  const output = bytes(outputText, 12, 128)
  if (known === undefined || iterations < 1) throw malformed()
  // Every further block of output costs all the iterations again.
  if (iterations * Math.ceil(output.length / known.block) > 10_000_000) throw tooCostly()
  return { scheme: 'pbkdf2', digest: known.digest, iterations, salt, output }
}

function scryptWork(logText: string | undefined, read: ReadonlyMap<string, string>) {
  const logCost = integer(logText)
  const blockSize = integer(read.get('r'))
  const lanes = integer(read.get('p'))
  if (logCost < 1 || blockSize < 1 || lanes < 1) throw malformed()
  const cost = 2 ** logCost
  if (logCost > 17 || 128 * cost * blockSize > 2 ** 28 || cost * blockSize * lanes > 2 ** 22) throw tooCostly()
  return { logCost, blockSize, lanes }
}

type Fields = readonly [string, string, string, string, string]

function fields(text: string, count: number): Fields {
  const parts = text.split('$')
  const [, a = '', b = '', c = '', d = '', e = ''] = parts
  if (parts.length !== count + 1) throw malformed()
  return [a, b, c, d, e]
}

function parameters(text: string): ReadonlyMap<string, string> {
  const read = new Map<string, string>()
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    if (at < 1 || read.has(name)) throw malformed()
    read.set(name, pair.slice(at + 1))
  }
  return read
}

const decimal = /^(?:0|[1-9][0-9]{0,9})$/

function integer(text: string | undefined): number {
  if (text === undefined || !decimal.test(text)) throw malformed()
  return Number(text)
}

const base64Text = /^[A-Za-z0-9+/.]*={0,2}$/

// Some writers spell the plus sign of base64 as a dot, most leave the padding out.
function bytes(text: string | undefined, min: number, max: number): Buffer {
  if (text === undefined || !base64Text.test(text)) throw malformed()
  const read = Buffer.from(text.replaceAll('.', '+'), 'base64')
  if (read.length < min || read.length > max) throw malformed()
  return read
}

function malformed(): Refusal {
  return new Refusal('hash_not_supported', { details: { reason: 'malformed' } })
}

function tooCostly(): Refusal {
  return new Refusal('hash_not_supported', { details: { reason: 'too_costly' } })
}
