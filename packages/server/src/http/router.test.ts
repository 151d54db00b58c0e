import { describe, expect, it } from 'vitest'
import { json } from './answer.ts'
import { presentPlainly } from './plain-error.ts'
import type { Mount, Route } from './route.ts'
import { createRouter } from './router.ts'

const line = (method: Route['method'], path: string): Route => ({ method, path, handle: () => json(200, path) })

function mount(base: string, routes: readonly Route[], trailingSlash: Mount['trailingSlash'] = 'strict'): Mount {
  return {
    name: base,
    base,
    routes,
    presentError: presentPlainly,
    cors: { kind: 'none' },
    requireJson: true,
    trailingSlash,
  }
}

const router = createRouter([
  mount('', [line('GET', '/health'), line('GET', '/.well-known/jwks.json')]),
  mount('/v1', [
    line('POST', '/token'),
    line('GET', '/users/me'),
    line('PATCH', '/users/:id'),
    line('GET', '/users/:id/keys/:key'),
    line('GET', '/assets/*'),
  ]),
  mount('/v1/admin', [line('GET', '')]),
  mount('/auth/v1', [line('POST', '/token')], 'accept'),
])

const labels = (path: string) => [...(router.find(path)?.place.values() ?? [])].map((entry) => entry.label)

describe('createRouter', () => {
  it.each([
    '/v1//token',
    '//v1/token',
    '/v1/./token',
    '/v1/token/',
    '/v1/%74oken',
    '/v1/token;x',
    '/v1/TOKEN',
    '/v1/token%00',
    '/v1/x/../token',
    '/v1\\token',
    '/v1/token%2f',
    '/v1/token%20',
    '/v1/tok\u0435n',
    'v1/token',
    '*',
    '',
    '/v1/token#x',
  ])('S115 does not find the token route as %j', (path) => {
    expect(router.find(path)).toBeUndefined()
  })

  it('finds it as declared', () => {
    expect(labels('/v1/token')).toEqual(['POST /v1/token'])
    expect(labels('/.well-known/jwks.json')).toEqual(['GET /.well-known/jwks.json'])
    expect(labels('/v1/admin')).toEqual(['GET /v1/admin'])
  })

  it('S115 accepts one trailing slash only where the mount says so', () => {
    expect(labels('/auth/v1/token/')).toEqual(['POST /auth/v1/token'])
    expect(labels('/auth/v1/token//')).toEqual([])
    expect(labels('/')).toEqual([])
  })

  it.each([
    ['a%40b.test', 'a@b.test'],
    ['%C3%BC', 'ü'],
    ['a:b;c', 'a:b;c'],
    ['__proto__', '__proto__'],
  ])('decodes the parameter %s once', (raw, value) => {
    expect(router.find(`/v1/users/${raw}`)?.values).toEqual([value])
  })

  it.each(['%2F', 'a%2fb', '%5c', '%00', '%0a', '%7F', '%61', '%2e%2e', '..', '.', '', '%', '%zz', '%ff', 'a\\b'])(
    'S115 takes %j for no parameter',
    (raw) => {
      expect(router.find(`/v1/users/${raw}`)).toBeUndefined()
    },
  )

  it('lets a fixed segment beat a parameter, whatever the method', () => {
    expect(labels('/v1/users/me')).toEqual(['GET /v1/users/me'])
    expect(router.find('/v1/users/me/keys/k')?.values).toEqual(['me', 'k'])
  })

  it('S115 gives the rest of a path without tricks only', () => {
    expect(router.find('/v1/assets/css/a%20b.css')?.values).toEqual(['css/a b.css'])
    for (const path of ['/v1/assets/', '/v1/assets', '/v1/assets/../x', '/v1/assets/a//b', '/v1/assets/a%2f..%2fb']) {
      expect(router.find(path)).toBeUndefined()
    }
  })

  it('names the mount with the longest base as the owner of unknown paths, and never a root mount', () => {
    expect(router.ownerOf('/v1/admin/nope')?.base).toBe('/v1/admin')
    expect(router.ownerOf('/v1/nope')?.base).toBe('/v1')
    expect(router.ownerOf('/v1x')).toBeUndefined()
    expect(router.ownerOf('/nope')).toBeUndefined()
  })

  it('refuses two routes in one place, also under different parameter names', () => {
    expect(() => createRouter([mount('', [line('GET', '/a/:x'), line('GET', '/a/:y')])])).toThrow('two routes')
    expect(() => createRouter([mount('/a', [line('GET', '/b')]), mount('', [line('GET', '/a/b')])])).toThrow(
      'two routes',
    )
  })

  it.each(['a', '/a//b', '/a/:', '/a/:x:y', '/:x/:x', '/a/*/b', '/%61', '/a b'])(
    'refuses %j as a route path',
    (path) => {
      expect(() => createRouter([mount('', [line('GET', path)])])).toThrow()
    },
  )

  it('S118 answers long paths at once', () => {
    expect(router.find(`/v1/users/${'a'.repeat(100_000)}`)).toBeDefined()
    expect(router.find('/v1'.repeat(30_000))).toBeUndefined()
    expect(router.find(`/v1/assets${'/a'.repeat(50_000)}`)).toBeDefined()
  })
})
