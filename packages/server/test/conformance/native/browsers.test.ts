import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative({
    siteUrl: 'https://site.example.test',
    redirectUrls: ['https://app.example.test/**'],
    corsOrigins: ['https://extra.example.test'],
  })
})
afterAll(() => world.close())

const listed = [
  'https://site.example.test',
  'https://app.example.test',
  'https://extra.example.test',
  'http://localhost:5173',
]
const foreign = [
  'https://evil.test',
  'https://app.example.test.evil.test',
  'https://app.example.test:8443',
  'null',
  'HTTPS://APP.EXAMPLE.TEST',
]

describe('pages of other origins', () => {
  it('may call when they are listed, with credentials', async () => {
    for (const origin of listed) {
      const reply = await world.ask('GET /settings', { headers: { origin } })
      expect(reply.headers.get('access-control-allow-origin')).toBe(origin)
      expect(reply.headers.get('access-control-allow-credentials')).toBe('true')
      expect(reply.headers.get('access-control-expose-headers')).toContain('ratelimit-remaining')
      expect(reply.headers.get('vary')).toContain('Origin')
      const response = await fetch(`${world.url}/v1/sign-in/password`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,watchword-key,watchword-session',
        },
      })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, origin])
    }
  })

  it('get nothing when they are not, and change nothing', async () => {
    const { email } = await aPerson(world)
    for (const origin of foreign) {
      const reply = await world.ask('POST /sign-in/password', { body: { email, password }, headers: { origin } })
      expect(codeOf(reply)).toBe('origin_not_allowed')
      expect(reply.headers.get('access-control-allow-origin')).toBeNull()
      expect(reply.headers.get('vary')).toContain('Origin')
    }
  })

  it('cannot post what is no JSON', async () => {
    const email = anAddress()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const response = await fetch(`${world.url}/v1/sign-up/password`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify({ email, password }),
      })
      expect([type, response.status]).toEqual([type, 415])
    }
  })
})

describe('the publishable key', () => {
  it('is right wherever it is sent, and never a secret one', async () => {
    const ask = (key: string) => world.ask('GET /settings', { headers: { 'watchword-key': key } })
    expect((await ask(world.publishableKey)).status).toBe(200)
    for (const key of ['nonsense', world.secretKey, '']) expect(codeOf(await ask(key))).toBe('key_invalid')
  })

  it('may name the only origins it is good for', async () => {
    const body = { kind: 'publishable', name: 'web', origins: ['https://app.example.test'] }
    const { key } = (await world.admin('POST /admin/api-keys', body)).body
    const ask = (origin: string) => world.ask('GET /settings', { headers: { 'watchword-key': key, origin } })
    expect((await ask('https://app.example.test')).status).toBe(200)
    expect(codeOf(await ask('https://extra.example.test'))).toBe('origin_not_allowed')
  })

  it('is needed where the settings say so', async () => {
    const strict = await startNative({ keys: { required: true } })
    expect(codeOf(await strict.ask('GET /settings'))).toBe('key_invalid')
    const headers = { 'watchword-key': strict.publishableKey }
    expect((await strict.ask('GET /settings', { headers })).status).toBe(200)
    expect((await strict.ask('GET /docs')).status).toBe(200)
    expect((await strict.ask('GET /links?token=x')).status).toBe(403)
    await strict.close()
  })
})
