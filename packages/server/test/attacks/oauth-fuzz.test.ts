import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSignedIn } from '../conformance/supabase/clients.ts'
import { type Application, anApplication, basicOf, begin, place, startProvider } from '../world/applications.ts'
import type { World } from '../world/world.ts'
import { expectNoInnards } from './wire/leaks.ts'

let world: World
let app: Application
let token: string
beforeAll(async () => {
  world = await startProvider({ oauthServer: { registration: true } })
  app = await anApplication(world)
  token = (await aSignedIn(world)).session.access_token
})
afterAll(() => world.close())

/** Tests draw the same values each time; another seed is one variable away. */
const seed = Number(process.env['WATCHWORD_TEST_SEED'] ?? 20_260_101)
const names = [
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'scope', 'state', 'nonce', 'prompt', 'resource'],
  ...['code_challenge', 'code_challenge_method', 'grant_type', 'code', 'code_verifier', 'refresh_token', 'token'],
  ...['action', 'requestId', 'request_id', 'redirect_uris', 'redirectUris', 'client_name', 'name', 'grant_types'],
  ...['grants', 'logo_uri', 'logoUrl', 'token_endpoint_auth_method', 'authMethod', 'scopes', 'page', 'per_page'],
]
const texts = () =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '',
      'code',
      'openid email',
      'authorization_code',
      'refresh_token',
      'none',
      'approve',
      place,
      app.id,
    ),
    fc.constantFrom(
      'javascript:1',
      'http://127.0.0.1:1/',
      'a\0b',
      '\ud800',
      '%',
      '__proto__',
      '9'.repeat(3_000),
      'S256',
    ),
    fc.uuid(),
  )
const values = () =>
  fc.oneof(texts(), fc.array(texts(), { maxLength: 3 }), fc.integer(), fc.boolean(), fc.constant(null))
const shots = () =>
  fc.record({
    fields: fc.dictionary(fc.constantFrom(...names), values(), { maxKeys: 7 }),
    segment: fc.oneof(fc.uuid(), fc.constantFrom(app.id, 'x', '%00', '..%2f', 'a'.repeat(200))),
    as: fc.constantFrom('query', 'form', 'json'),
    headers: fc.oneof(
      fc.constantFrom({}, basicOf(app), { authorization: `Bearer ${token}` }, { authorization: 'Basic %' }),
      fc.tuple(credentials(), credentials()).map((parts) => ({ authorization: `Basic ${base64Of(parts.join(':'))}` })),
    ),
  })
/** An id or a secret as it may stand in a header: encoded, badly or not at all. */
const credentials = () =>
  fc.oneof(
    texts(),
    fc.constantFrom('%00', 'a%00b', '\0', '%', '%ed%a0%80', '%c0%80', '+', app.id),
    texts().map((text) => encodeURIComponent(text.replace(/\p{Cs}/gu, ''))),
  )
const base64Of = (text: string) => Buffer.from(text).toString('base64')

const routes = [
  ...['GET /auth/v1/oauth/authorize', 'POST /auth/v1/oauth/token', 'POST /auth/v1/oauth/introspect'],
  ...['POST /auth/v1/oauth/revoke', 'GET /auth/v1/oauth/authorizations/:id', 'GET /auth/v1/oauth/userinfo'],
  ...['POST /auth/v1/oauth/authorizations/:id/consent', 'POST /auth/v1/oauth/clients/register'],
  ...['DELETE /auth/v1/user/oauth/grants', 'GET /nhost/v1/oauth2/authorize', 'POST /nhost/v1/oauth2/authorize'],
  ...['POST /nhost/v1/oauth2/token', 'POST /nhost/v1/oauth2/introspect', 'POST /nhost/v1/oauth2/revoke'],
  ...['GET /nhost/v1/oauth2/login', 'POST /nhost/v1/oauth2/login', 'POST /nhost/v1/oauth2/userinfo'],
]
const byAdministrators = [
  ...['POST /auth/v1/admin/oauth/clients', 'PUT /auth/v1/admin/oauth/clients/:id', 'GET /auth/v1/admin/oauth/clients'],
  ...['POST /auth/v1/admin/oauth/clients/:id/regenerate_secret', 'POST /v1/admin/oauth-clients'],
  ...['PATCH /v1/admin/oauth-clients/:id', 'DELETE /v1/admin/oauth-clients/:id', 'DELETE /v1/me/grants/:id'],
]

type Shot = ReturnType<ReturnType<typeof shots>['generate']>['value']

async function shoot(line: string, { fields, segment, as, headers }: Shot, secret?: string): Promise<void> {
  const [method = '', path = ''] = line.split(' ')
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, String(each)]),
  )
  const form = new URLSearchParams(pairs)
  const inQuery = as === 'query' || method === 'GET' || method === 'DELETE'
  const response = await fetch(`${world.url}${path.replace(':id', segment)}${inQuery ? `?${form}` : ''}`, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
      ...(!inQuery && as === 'json' ? { 'content-type': 'application/json' } : {}),
    },
    ...(inQuery ? {} : { body: as === 'json' ? JSON.stringify(fields) : form }),
  })
  const what = `${line} ${JSON.stringify({ fields, segment, as, headers })} → ${response.status}`
  expect(response.status, what).toBeLessThan(500)
  if (response.status >= 400) expectNoInnards(await response.text(), what)
}

describe('S145: what applications send does not crash it', () => {
  it.each([...routes.map((line) => [line, false] as const), ...byAdministrators.map((line) => [line, true] as const)])(
    '%s',
    async (line, asAdministrator) => {
      const secret = asAdministrator ? world.secretKey : undefined
      const property = fc.asyncProperty(shots(), async (shot) => shoot(line, shot, secret))
      await fc.assert(property, { seed, numRuns: 25, endOnFailure: true })
      expect(world.log.filter(({ level }) => level === 'error')).toEqual([])
    },
  )

  it.each([
    ['/auth/v1/oauth', 'invalid_client'],
    ['/nhost/v1/oauth2', 'invalid_request'],
  ])('nor does a client id that no store can look for, at %s', async (base, error) => {
    for (const call of ['token', 'introspect', 'revoke'])
      for (const id of ['%00', `${app.id}%00`, '\0']) {
        const response = await fetch(`${world.url}${base}/${call}`, {
          method: 'POST',
          headers: { authorization: `Basic ${base64Of(`${id}:secret`)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', token: 'x' }),
        })
        expect([response.status, await response.json()]).toMatchObject([400, { error }])
      }
  })

  it('and it goes on', async () => {
    const fresh = await anApplication(world)
    expect((await begin(fresh)).handle).toBeTruthy()
  })
})
