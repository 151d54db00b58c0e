import { readdirSync, readFileSync } from 'node:fs'
import { HasuraAuthClient } from '@nhost/hasura-auth-js'
import { createClient } from '@nhost/nhost-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { methodsOf, suitesIn } from '../suites.ts'
import { anAddress, aSignedIn, goodPassword, nhostClient, raw } from './clients.ts'
import { operations } from './operations.ts'

// What says of the suites in this folder that nothing is missing in them.

const folder = new URL('./', import.meta.url)
const suites = suitesIn(folder, ['complete.test.ts', 'operations.ts'])

let world: World
let accessToken: string
beforeAll(async () => {
  const config = { signUp: { anonymous: true }, phone: { enabled: true, countries: ['US' as const] } }
  world = await startWorld({ config: { ...config, oauthServer: { enabled: true } } })
  accessToken = (await aSignedIn(world)).session.accessToken
})
afterAll(() => world.close())

describe('the suites of this dialect', () => {
  it('call every method of the client', () => {
    const { auth } = createClient({ authUrl: 'http://localhost/v1' })
    const methods = methodsOf(auth)
    expect(methods).toHaveLength(59)
    expect(suites.uncalled(methods)).toEqual([])
  })

  it('call every method of the older client', () => {
    const methods = methodsOf(HasuraAuthClient.prototype)
    expect(methods).toHaveLength(33)
    const others = readdirSync(folder).filter((file) => !/^(older-client.*|in-chromium)/.test(file))
    const asked = suitesIn(folder, others).uncalled(methods)
    const inBrowser = ['signInSecurityKey', 'addSecurityKey', 'elevateEmailSecurityKey']
    const called = readFileSync(new URL('older-client-keys.test.ts', folder), 'utf8')
    expect(inBrowser.filter((method) => !called.includes(`call('${method}'`))).toEqual([])
    expect(asked.filter((method) => !inBrowser.includes(method))).toEqual(['waitUntilReady', 'isReady'])
  })

  it('have a test of every oddity of the contract', () => {
    expect(suites.untold(28)).toEqual([])
  })
})

describe('the operations of the contract', () => {
  it('are sixty', () => {
    expect(new Set(operations.map(({ method, path }) => `${method} ${path}`)).size).toBe(60)
  })

  it.each(operations)('$method $path is answered', async ({ method, path }) => {
    const init = { method, ...(method === 'POST' ? { body: '{}' } : {}) }
    const headers = { authorization: `Bearer ${accessToken}` }
    const response = await raw(world, path.replace('{provider}', 'google'), { ...init, headers })
    expect(response.status).not.toBe(404)
    expect(response.status).toBeLessThan(500)
  })

  it('that nobody knows are not', async () => {
    for (const { method, path } of operations) {
      const response = await raw(world, `${path.replace('{provider}', 'google')}/more`, {
        method,
        ...(method === 'POST' ? { body: '{}' } : {}),
      })
      expect([path, response.status]).toEqual([path, 404])
    }
  })
})

describe('the middleware of the client', () => {
  it('renews before each of many requests at once, and nobody is signed out', async () => {
    const short = await startWorld({ config: { tokens: { accessSeconds: 60 }, signUp: { emailConfirmation: false } } })
    try {
      const nhost = nhostClient(short)
      const { body } = await nhost.auth.signUpEmailPassword({ email: anAddress(), password: goodPassword })
      const statusNow = async (): Promise<number> => (await nhost.auth.getUser()).status
      const statuses = await Promise.all(Array.from({ length: 12 }, statusNow))
      expect(new Set(statuses)).toEqual(new Set([200]))
      const now = nhost.getUserSession()
      expect(now?.refreshToken).not.toBe(body.session?.refreshToken)
      expect(now?.refreshTokenId).toBe(body.session?.refreshTokenId)
      expect((await nhost.auth.getUser()).body.id).toBe(body.session?.user?.id)
    } finally {
      await short.close()
    }
  })
})
