import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { hashRawSync } from '@node-rs/argon2'
import { hashSync } from '@node-rs/bcrypt'
import { afterAll, describe, expect, it } from 'vitest'
import { systemRuntime } from '../../base/runtime.ts'
import { createHasher } from './hasher.ts'

const runtime = systemRuntime()
const hasher = createHasher({ runtime, parallel: 2 })
afterAll(() => hasher.close())

const fits = { ok: true, needsRehash: false }
const fitsButOld = { ok: true, needsRehash: true }
const wrong = { ok: false, needsRehash: false }
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')

describe('new hashes', () => {
  it('S1: are argon2id with today’s parameters, and differ for the same password', async () => {
    const [first, second] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')])
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(second).not.toBe(first)
    expect(await hasher.verify(first, 'correct horse')).toEqual(fits)
    expect(await hasher.verify(first, 'correct horse ')).toEqual(wrong)
  })

  it('S2: count every byte of a long password', async () => {
    const password = `${'p'.repeat(79)}q`
    const stored = await hasher.hash(password)
    expect(await hasher.verify(stored, password)).toEqual(fits)
    for (const other of [
      password.slice(0, 72),
      `${password.slice(0, 72)}zzzzzzzz`,
      `${password} `,
      password.toUpperCase(),
    ]) {
      expect(await hasher.verify(stored, other)).toEqual(wrong)
    }
  })

  it('S2: do not end at a zero byte', async () => {
    const stored = await hasher.hash('abc\u0000def')
    expect(await hasher.verify(stored, 'abc')).toEqual(wrong)
    expect(await hasher.verify(stored, 'abc\u0000def')).toEqual(fits)
  })

  it('S4: are of the normal form, and of nothing else', async () => {
    const stored = await hasher.hash('caf\u00e9 noir')
    expect(await hasher.verify(stored, 'cafe\u0301 noir')).toEqual(fits)
    expect(await hasher.verify(stored, 'CAF\u00c9 NOIR')).toEqual(wrong)
    expect(await hasher.verify(stored, ' caf\u00e9 noir')).toEqual(wrong)
  })

  it('are refused for more than 256 characters and for lone surrogates', async () => {
    await expect(hasher.hash('x'.repeat(257))).rejects.toMatchObject({ code: 'validation_failed' })
    await expect(hasher.hash('abcdefgh\ud800')).rejects.toMatchObject({ code: 'validation_failed' })
    expect(await hasher.verify(await hasher.hash('😀'.repeat(256)), '😀'.repeat(256))).toEqual(fits)
  })
})

describe('checking', () => {
  it('S11: computes one hash for an unknown user, over-long input and an unreadable hash', async () => {
    const stored = await hasher.hash('known')
    const asked: [string | null, string][] = [
      [null, 'any'],
      [stored, 'x'.repeat(900 * 1024)],
      [null, 'x'.repeat(900 * 1024)],
      ['$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo', 'any'],
      ['plain text', 'plain text'],
    ]
    for (const [hash, password] of asked) {
      const answer = hasher.verify(hash, password)
      expect(hasher.stats().running).toBe(1)
      expect(await answer).toEqual(wrong)
    }
  })

  it('S8: asks for a new hash when the old one is weak argon2, and only then', async () => {
    const salt = Buffer.alloc(16, 7)
    const argon2 = (memoryCost: number, algorithm: number) =>
      base64(hashRawSync('secret', { salt, memoryCost, timeCost: 2, parallelism: 1, algorithm }))
    const stored = (name: string, memory: number, algorithm: number) =>
      `$${name}$v=19$m=${memory},t=2,p=1$${base64(salt)}$${argon2(memory, algorithm)}`
    expect(await hasher.verify(stored('argon2id', 19_456, 2), 'secret')).toEqual(fits)
    expect(await hasher.verify(stored('argon2id', 32_768, 2), 'secret')).toEqual(fits)
    expect(await hasher.verify(stored('argon2id', 4096, 2), 'secret')).toEqual(fitsButOld)
    expect(await hasher.verify(stored('argon2i', 19_456, 1), 'secret')).toEqual(fitsButOld)
    expect(await hasher.verify(stored('argon2i', 19_456, 1), 'Secret')).toEqual(wrong)
  })

  it('S8: a stronger setting makes the default one old', async () => {
    const strict = createHasher({ runtime, memoryKiB: 32_768, passes: 3 })
    const stored = await hasher.hash('secret')
    expect(await strict.verify(stored, 'secret')).toEqual(fitsButOld)
    expect(await strict.hash('secret')).toContain('$m=32768,t=3,p=1$')
    await strict.close()
  })

  it('refuses parameters below the floor', () => {
    expect(() => createHasher({ runtime, memoryKiB: 1024 })).toThrow(RangeError)
    expect(() => createHasher({ runtime, passes: 1 })).toThrow(RangeError)
  })
})

describe('hashes from elsewhere', () => {
  it('verifies argon2 hashes as GoTrue stores them', async () => {
    const stored = [
      '$argon2i$v=19$m=16,t=2,p=1$bGJRWThNOHJJTVBSdHl2dQ$NfEnUOuUpb7F2fQkgFUG4g',
      '$argon2id$v=19$m=32,t=3,p=2$SFVpOWJ0eXhjRzVkdGN1RQ$RXnb8rh7LaDcn07xsssqqulZYXOM/EUCEFMVcAcyYVk',
    ]
    for (const hash of stored) {
      expect(await hasher.verify(hash, 'test')).toEqual(fitsButOld)
      expect(await hasher.verify(hash, 'Test')).toEqual(wrong)
    }
  })

  it('verifies bcrypt hashes of every current prefix', async () => {
    for (const version of ['2a', '2b', '2y'] as const) {
      const stored = hashSync('secret', { cost: 4, version })
      expect(await hasher.verify(stored, 'secret')).toEqual(fitsButOld)
      expect(await hasher.verify(stored, 'secret ')).toEqual(wrong)
    }
    const known = '$2y$10$SXEz2HeT8PUIGQXo9yeUIem8KzNxgG0d7o/.eGj2rj8KbRgAuRVlq'
    expect(await hasher.verify(known, 'test')).toEqual(fitsButOld)
  })

  it('S2: a bcrypt hash never takes more than 72 bytes, nor a zero byte', async () => {
    const password = 'é'.repeat(36)
    const stored = hashSync(password, { cost: 4 })
    expect(await hasher.verify(stored, password)).toEqual(fitsButOld)
    expect(await hasher.verify(stored, `${password}x`)).toEqual(wrong)
    const short = hashSync('abc', { cost: 4 })
    expect(await hasher.verify(short, 'abc\u0000abc')).toEqual(wrong)
    expect(await hasher.verify(short, 'abc\u0000def')).toEqual(wrong)
  })

  it('verifies the scrypt vector of RFC 7914', async () => {
    const output = Buffer.from(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      'hex',
    )
    const stored = `$scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride'))}$${base64(output)}`
    expect(await hasher.verify(stored, 'pleaseletmein')).toEqual(fitsButOld)
    expect(await hasher.verify(stored, 'pleaseletmeiN')).toEqual(wrong)
  })

  it('verifies the test vector that Firebase publishes', async () => {
    const signerKey = 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='
    const output = 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=='
    const stored = `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=${signerKey}$42xEC+ixf3L2lw==$${output}`
    expect(await hasher.verify(stored, 'user1password')).toEqual(fitsButOld)
    expect(await hasher.verify(stored, 'user2password')).toEqual(wrong)
    expect(await hasher.verify(stored.replace('ss=Bw==', 'ss=Bg=='), 'user1password')).toEqual(wrong)
  })

  it('verifies PBKDF2 in its three spellings', async () => {
    const salt = Buffer.from('saltSALTsalt\u00fb\u00ff\u00fe')
    const output = (digest: string, saltBytes: Uint8Array) => pbkdf2Sync('secret', saltBytes, 1000, 32, digest)
    const dotted = (bytes: Uint8Array) => base64(bytes).replaceAll('+', '.')
    const stored = [
      `$pbkdf2-sha256$i=1000,l=32$${base64(salt)}$${base64(output('sha256', salt))}`,
      `$pbkdf2-sha512$i=1000$${base64(salt)}$${base64(output('sha512', salt))}`,
      `$pbkdf2-sha256$1000$${dotted(salt)}$${dotted(output('sha256', salt))}`,
      `$pbkdf2$1000$${dotted(salt)}$${dotted(output('sha1', salt))}`,
      `pbkdf2_sha256$1000$seasalt$${output('sha256', Buffer.from('seasalt')).toString('base64')}`,
    ]
    for (const hash of stored) {
      expect(await hasher.verify(hash, 'secret')).toEqual(fitsButOld)
      expect(await hasher.verify(hash, 'secreT')).toEqual(wrong)
    }
  })

  it('S8: takes what was typed where the old system had not normalised it', async () => {
    const typed = 'ﬁne ½ caf\u0065\u0301'
    const salt = Buffer.from('seasalt-and-more')
    const stored = `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(scryptSync(typed, salt, 32, { N: 1024, r: 8, p: 1 }))}`
    expect(await hasher.verify(stored, typed)).toEqual(fitsButOld)
    const ours = await hasher.hash(typed)
    expect(await hasher.verify(ours, typed.normalize('NFKC'))).toEqual(fits)
  })
})

describe('S5: under pressure', () => {
  it('turns the surplus away at once and finishes the rest', async () => {
    const small = createHasher({ runtime, parallel: 2, queue: 8 })
    const answers = await Promise.allSettled(Array.from({ length: 500 }, () => small.verify(null, 'guess')))
    const refused = answers.filter((answer) => answer.status === 'rejected')
    expect(refused).toHaveLength(490)
    expect(refused[0]?.reason).toMatchObject({ code: 'unavailable', retryAfter: 2 })
    await small.close()
  })

  it('refuses new work after closing', async () => {
    const closing = createHasher({ runtime })
    const running = closing.hash('secret')
    const closed = closing.close()
    await expect(closing.hash('secret')).rejects.toMatchObject({ code: 'unavailable' })
    expect(await running).toMatch(/^\$argon2id\$/)
    await closed
  })
})
