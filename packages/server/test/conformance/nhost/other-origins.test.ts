import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { raw } from './clients.ts'
import { operations } from './operations.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const origin = 'https://anywhere.example'

/** What a browser asks before it sends something of a page. */
async function preflight(method: string, path: string) {
  const asked = { 'access-control-request-method': method, 'access-control-request-headers': 'authorization, x-mine' }
  const response = await raw(world, path, { method: 'OPTIONS', headers: { origin, ...asked } })
  const field = (name: string) => response.headers.get(`access-control-${name}`)
  return [response.status, field('allow-origin'), field('allow-methods'), field('allow-headers'), field('max-age')]
}

const yes = (method: string) => [204, '*', method, 'authorization, x-mine', '86400']

describe('a page of another origin', () => {
  it.each(operations)('may call $method $path', async ({ method, path }) => {
    expect(await preflight(method === 'HEAD' ? 'GET' : method, path.replace('{provider}', 'google'))).toEqual(
      yes(method === 'HEAD' ? 'GET' : method),
    )
  })

  it('may call what is not here, and reads that it is not', async () => {
    for (const [method, path] of [
      ['POST', '/oauth2/device'],
      ['GET', '/nothing/here'],
      ['POST', '/user'],
    ] as const) {
      expect(await preflight(method, path)).toEqual(yes(method))
      const response = await raw(world, path, { method, headers: { origin } })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([404, '*'])
      expect(await response.json()).toMatchObject({ status: 404, error: 'not-found' })
    }
  })
})
