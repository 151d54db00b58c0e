import { describe, expect, it } from 'vitest'
import { signedHeader } from './oauth1.ts'

/** The example of https://developer.x.com/en/docs/authentication/oauth-1-0a/creating-a-signature */
const signing = {
  key: 'xvz1evFS4wEEPTGEFPHBog',
  secret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
  pair: {
    token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
    secret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
  },
  runtime: { now: () => new Date(1_318_622_958_000), randomBytes: (length: number) => Buffer.alloc(length) },
}
const more = { oauth_nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg' }
const asked = new URLSearchParams({
  status: 'Hello Ladies + Gentlemen, a signed OAuth request!',
  include_entities: 'true',
})

const signatureOf = (header: string) => decodeURIComponent(/oauth_signature="([^"]*)"/.exec(header)?.[1] ?? '')

describe('a request signed by OAuth 1.0', () => {
  it.each([
    ['https://api.twitter.com/1/statuses/update.json', 'tnnArxj06cWHq44gCs1OSKk/jLY='],
    ['https://api.twitter.com/1.1/statuses/update.json', 'hCtSmYh+iHYCEqBWrE7C7hYmtUk='],
  ])('has the signature that its documentation computes for %s', (place, signature) => {
    const header = signedHeader(signing, { method: 'POST', url: `${place}?${asked}` }, more)
    expect(signatureOf(header)).toBe(signature)
    expect(header).toMatch(/^OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce="kYjz/)
  })

  it('sorts by name before value, and encodes what browsers leave alone', () => {
    const sign = (url: string) => signatureOf(signedHeader(signing, { method: 'GET', url }, more))
    const place = 'https://api.example.test/a'
    expect(sign(`${place}?a=2&a1=1&a=1`)).toBe(sign(`${place}?a1=1&a=1&a=2`))
    expect(sign(`${place}?a=it's(*)!`)).toBe(sign(`${place}?a=it%27s%28%2A%29%21`))
    expect(sign(`${place}?a=1`)).not.toBe(sign(`${place}?a=2`))
  })

  it('is never the same twice', () => {
    const chance = { ...signing.runtime, randomBytes: (length: number) => crypto.getRandomValues(Buffer.alloc(length)) }
    const header = () => signedHeader({ ...signing, runtime: chance }, { method: 'GET', url: 'https://a.test/' })
    expect(header()).not.toBe(header())
  })
})
