import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { GoTrueAdminApi, GoTrueClient } from '@supabase/auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { methodsOf, suitesIn, suitesOf } from '../suites.ts'
import { aSignedIn, authClient, raw } from './clients.ts'
import { wireCodes } from './wire-codes.ts'
import { type WireRoute, wireRoutes } from './wire-routes.ts'

// What says of the suites in this folder that nothing is missing in them.

const folder = new URL('./', import.meta.url)
const own = ['complete.test.ts', 'wire-codes.ts', 'wire-routes.ts']
const captcha = readFileSync(new URL('../captcha/clients.test.ts', folder), 'utf8')
// Suites that call the client in a page name its methods; administrators' clients are made where they are used.
const suites = suitesOf(
  `${suitesIn(folder, own).text}\n${captcha}`
    .replaceAll(/\.call\('([\w.]+)'/g, '.$1(')
    .replaceAll(/adminApi\([^()]*\)/g, '.admin'),
)

function typingsOf(file: string): string {
  const at = createRequire(import.meta.url).resolve('@supabase/auth-js/package.json')
  return readFileSync(at.replace(/package\.json$/, `dist/module/${file}.d.ts`), 'utf8')
}

/** What a class has that its typings keep from those who use it. */
function hidden(file: string): ReadonlySet<string> {
  const members = typingsOf(file).matchAll(/^ {4}(?:private|protected) (\w+)/gm)
  return new Set([...members].map(([, name = '']) => name))
}

/** Codes that the client knows and never meets here, as nothing can come to what they tell. */
const neverMet = [
  // Mail is always a way in; one audience; the provider of a state is the state's own; nobody judges an address by its looks.
  ...['email_provider_disabled', 'unexpected_audience', 'oauth_provider_not_supported', 'email_address_invalid'],
  // A factor that was set up may be used.
  ...['mfa_totp_verify_not_enabled', 'mfa_phone_verify_not_enabled', 'mfa_webauthn_verify_not_enabled'],
  'mfa_recovery_codes_verify_not_enabled',
  // Told to a connection that does not get its request said; and one that no server says.
  ...['request_timeout', 'reauth_nonce_missing'],
]

const visible = (object: object, besides: ReadonlySet<string> = new Set()) =>
  methodsOf(object).filter((name) => !name.startsWith('_') && !besides.has(name))
const below = (path: string, object: object) => visible(object).map((name) => `${path}.${name}`)

/** Every method of the client that its typings show, by its path. */
function methodsOfClient(): readonly string[] {
  const client = new GoTrueClient({ url: 'http://localhost/auth/v1', autoRefreshToken: false, persistSession: false })
  const { mfa, passkey, oauth, admin } = client
  return [
    ...visible(GoTrueClient.prototype, hidden('GoTrueClient')),
    ...below('mfa', mfa),
    ...below('mfa.webauthn', mfa.webauthn),
    ...below('mfa.recoveryCodes', mfa.recoveryCodes),
    ...below('passkey', passkey),
    ...below('oauth', oauth),
    ...visible(GoTrueAdminApi.prototype, hidden('GoTrueAdminApi')).map((name) => `admin.${name}`),
    ...below('admin.mfa', admin.mfa),
    ...below('admin.passkey', admin.passkey),
    ...below('admin.oauth', admin.oauth),
    ...below('admin.customProviders', admin.customProviders),
  ]
}

/** Whether a suite asks for the route itself, or calls the method that does. */
function isNamed({ path, by }: WireRoute): boolean {
  if (by !== undefined && suites.uncalled([by]).length === 0) return true
  const pattern = path
    .replaceAll(/[.?]/g, '\\$&')
    .replaceAll(/\{\w+\}/g, "[^/'`?]+")
    .replace(/^\/admin/, '(?:/admin)?')
  return new RegExp(`(?:['\`}]|/auth/v1)${pattern}['\`?$]`).test(suites.text)
}

let world: World
let accessToken: string
beforeAll(async () => {
  world = await startWorld({ config: { oauthServer: { enabled: true, registration: true } } })
  accessToken = (await aSignedIn(world)).session.access_token
})
afterAll(() => world.close())

describe('the suites of this dialect', () => {
  it('call every method of the client', () => {
    const methods = methodsOfClient()
    expect(methods).toHaveLength(83)
    expect(suites.uncalled(methods)).toEqual([])
  })

  it('name every route', () => {
    expect(wireRoutes.filter((route) => !isNamed(route))).toEqual([])
  })

  it('have a test of every oddity of the contract', () => {
    expect(suites.untold(29)).toEqual([])
  })

  it('name every code that a refusal may have', () => {
    expect(wireCodes.filter((code) => !suites.text.includes(code))).toEqual([])
  })

  it('know every code that the client knows', () => {
    const known = [...typingsOf('lib/error-codes').matchAll(/'(\w+)'/g)].map(([, code = '']) => code)
    expect(known).toHaveLength(89)
    expect(known.filter((code) => !wireCodes.includes(code)).sort()).toEqual([...neverMet].sort())
  })
})

describe('the routes of the contract', () => {
  it('are eighty-five', () => {
    expect(new Set(wireRoutes.map(({ method, path }) => `${method} ${path}`)).size).toBe(85)
  })

  it.each(wireRoutes)('$method $path is answered', async ({ method, path }) => {
    const isAdmins = path.startsWith('/admin') || path === '/invite'
    const headers = { authorization: `Bearer ${isAdmins ? world.secretKey : accessToken}` }
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? { body: '{}' } : {}
    const answer = await raw(world, path.replaceAll(/\{\w+\}/g, crypto.randomUUID()), { method, headers, ...body })
    const text = await answer.text()
    expect([answer.status, text]).not.toEqual([404, expect.stringContaining('"error_code":"unknown"')])
    expect(answer.status).not.toBe(405)
    expect(answer.status).toBeLessThan(500)
  })

  it('that nobody knows are not', async () => {
    for (const { method, path } of wireRoutes) {
      const place = `${path.replace(/\?.*/, '').replaceAll(/\{\w+\}/g, crypto.randomUUID())}/more/of/it`
      const headers = { authorization: `Bearer ${world.secretKey}` }
      const answer = await raw(world, place, { method, headers, ...(method === 'POST' ? { body: '{}' } : {}) })
      expect([place, answer.status, ((await answer.json()) as { error_code: string }).error_code]).toEqual([
        place,
        404,
        'unknown',
      ])
    }
  })

  it('of the client are asked without a session, and say what is missing', async () => {
    const { error } = await authClient(world).mfa.enroll({ factorType: 'totp' })
    expect(error?.message).toContain('Bearer token')
  })
})
