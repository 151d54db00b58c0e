import { readdirSync, readFileSync } from 'node:fs'
import { HasuraAuthClient } from '@nhost/hasura-auth-js'
import { createClient } from '@nhost/nhost-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, goodPassword, nhostClient, raw } from './clients.ts'
import { operations } from './operations.ts'

// What says of the suites in this folder that nothing is missing in them.

const folder = new URL('./', import.meta.url)
const own = ['complete.test.ts', 'operations.ts']
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !own.includes(file))
const suites = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n')

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
    const methods = Object.entries(auth).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []))
    expect(methods).toHaveLength(59)
    expect(methods.filter((name) => !suites.includes(`.${name}(`))).toEqual([])
  })

  it('call every method of the older client that needs no browser', () => {
    const { prototype } = HasuraAuthClient
    const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) =>
      typeof value === 'function' && name !== 'constructor' ? [name] : [],
    )
    expect(methods).toHaveLength(33)
    const suite = readFileSync(new URL('older-client.test.ts', folder), 'utf8')
    expect(methods.filter((name) => !suite.includes(`.${name}(`))).toEqual([
      ...['signInSecurityKey', 'addSecurityKey', 'elevateEmailSecurityKey'],
      ...['waitUntilReady', 'isReady'],
    ])
  })

  it('have a test of every oddity of the contract', () => {
    const titles = [...suites.matchAll(/ it\('((?:\d+(?:, )?)+): /g)].flatMap(([, numbers = '']) => numbers.split(', '))
    const oddities = Array.from({ length: 28 }, (_none, at) => String(at + 1))
    expect(oddities.filter((number) => !titles.includes(number))).toEqual([])
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
