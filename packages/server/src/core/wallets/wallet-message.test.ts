import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../base/errors.ts'
import { readWalletMessage, writeWalletMessage } from './wallet-message.ts'

const address = '0x8ba1f109551bD432803012645Ac136ddd64DBA72'
const message = {
  chain: 'ethereum',
  domain: 'app.example.test:8443',
  address,
  statement: 'Sign in.',
  uri: 'https://app.example.test:8443/login?next=%2F',
  network: '1',
  nonce: 'abcdefgh',
  issuedAt: new Date('2026-05-04T03:02:01.000Z'),
  expiresAt: new Date('2026-05-04T03:07:01.000Z'),
} as const

function faultOf(text: string, chain: 'ethereum' | 'solana' = 'ethereum'): unknown {
  try {
    return readWalletMessage(text, chain)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.details['detail']
  }
}

describe('readWalletMessage', () => {
  it('reads what writeWalletMessage writes', () => {
    const { nonce: _, ...read } = message
    expect(readWalletMessage(writeWalletMessage(message), 'ethereum')).toEqual({ ...read, notBefore: null })
  })

  it('reads the layouts of the official client: no statement, fields in another order, resources without their colon', () => {
    const first = 'localhost:3000 wants you to sign in with your Solana account:'
    const key = '4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM'
    const times = 'Issued At: 2026-05-04T03:02:01+02:00'
    const bare = [first, key, '', 'Version: 1', 'URI: http://localhost:3000/', times, 'Resources', '- https://a.test/']
    expect(readWalletMessage(bare.join('\n'), 'solana')).toMatchObject({
      domain: 'localhost:3000',
      address: key,
      statement: null,
      network: '',
      issuedAt: new Date('2026-05-04T01:02:01Z'),
    })
    const siwe = writeWalletMessage(message).replace('Sign in.\n', '')
    expect(readWalletMessage(siwe, 'ethereum').statement).toBe(null)
  })

  it('says what is wrong', () => {
    const text = writeWalletMessage(message)
    expect(faultOf('hello')).toBe('message needs at least 6 lines')
    expect(faultOf(text, 'solana')).toContain('Solana account:')
    expect(faultOf(text.replace(address, 'vitalik.eth'))).toContain('Ethereum address')
    expect(faultOf(text.replace(`${address}\n\n`, `${address}\nx\n`))).toBe('third line must be empty')
    expect(faultOf(`${text}\nno colon`)).toContain('colon')
    expect(faultOf(`${text}\nNonce: again`)).toContain('twice')
  })

  it('never fails otherwise, whatever it is given', () => {
    const lines = fc.array(fc.oneof(fc.constantFrom(...writeWalletMessage(message).split('\n')), fc.string()))
    fc.assert(fc.property(lines, (some) => void faultOf(some.join('\n'))))
  })
})
