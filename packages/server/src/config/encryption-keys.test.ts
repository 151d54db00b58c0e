import { describe, expect, it } from 'vitest'
import { readEncryptionKeys } from './encryption-keys.ts'

const one = Buffer.from('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'hex')
const two = Buffer.from('60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', 'hex')

function keysIn(text: string) {
  const read = readEncryptionKeys(text)
  if ('problem' in read) throw new Error(read.problem)
  return read.keys
}

describe('readEncryptionKeys', () => {
  it('reads the same key from base64, base64url and hex, with or without a name', () => {
    const spellings = [one.toString('base64'), one.toString('base64url'), one.toString('hex')]
    for (const text of spellings) {
      expect(keysIn(text)[0].bytes).toEqual(one)
      expect(keysIn(`main:${text}`)).toEqual([{ id: 'main', bytes: one }])
    }
  })

  it('keeps the newest first, and the name of a bare key when another is put in front of it', () => {
    const alone = keysIn(one.toString('base64'))[0]
    const both = keysIn(`${two.toString('base64')}, ${one.toString('base64')}`)
    expect(both.map(({ bytes }) => bytes)).toEqual([two, one])
    expect(both[1]).toEqual(alone)
  })

  it.each([
    ['nothing', '', 'is empty'],
    ['an empty place in the list', `${one.toString('hex')},`, 'is empty'],
    ['16 bytes', one.subarray(0, 16).toString('base64'), 'is too short'],
    ['48 bytes', Buffer.concat([one, two]).subarray(0, 48).toString('base64'), 'must be exactly 32 bytes'],
    ['a sentence', 'correct horse battery staple and then some more', 'must be exactly 32 bytes'],
    ['32 zero bytes', Buffer.alloc(32).toString('base64'), 'repeats itself'],
    ['two keys of one name', `a:${one.toString('hex')},a:${two.toString('hex')}`, 'the same name'],
  ])('refuses %s', (_, text, reason) => {
    expect(readEncryptionKeys(text)).toEqual({ problem: expect.stringContaining(reason) })
  })
})
