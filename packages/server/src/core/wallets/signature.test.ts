import { describe, expect, it } from 'vitest'
import { canonicalAddress, isSignedBy, shownAddress } from './signature.ts'

// The examples of EIP-55.
const checksummed = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
]

describe('canonicalAddress', () => {
  it('is one for every right spelling of an Ethereum address, and shownAddress gives the checksum back', async () => {
    for (const address of checksummed) {
      const lower = address.toLowerCase()
      for (const spelt of [address, lower, `0x${address.slice(2).toUpperCase()}`])
        expect(await canonicalAddress('ethereum', spelt)).toBe(lower)
      expect(await shownAddress('ethereum', lower)).toBe(address)
    }
  })

  it('is none for a wrong checksum, and for keys of Solana that are no points or of small order', async () => {
    expect(await canonicalAddress('ethereum', '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe(undefined)
    for (const none of ['1'.repeat(32), '0'.repeat(32), 'z'.repeat(44), 'abc', ''])
      expect([none, await canonicalAddress('solana', none)]).toEqual([none, undefined])
  })
})

describe('isSignedBy', () => {
  it('knows a signature of another maker', async () => {
    // Published with the documentation of web3.js for `personal_sign`.
    const said = {
      chain: 'ethereum',
      address: '0x2c7536e3605d9c16a7a3d7b1898e529396a65c23',
      text: 'Some data',
      signature:
        '0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c',
    } as const
    expect(await isSignedBy(said)).toBe(true)
    expect(await isSignedBy({ ...said, text: 'Some date' })).toBe(false)
    expect(await isSignedBy({ ...said, signature: said.signature.slice(0, -2) })).toBe(false)
  })
})
