import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nativeCodes } from '#src/dialects/native/errors.ts'
import { nameOf } from '#src/dialects/native/openapi.ts'
import { developmentSection, sections } from '#src/dialects/native/routes.ts'
import { exampleBodies } from '#src/dialects/native/schemas/examples.ts'
import { errorBody } from '#src/dialects/native/schemas/service.ts'
import { codeOf, type NativeWorld, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

const operations = [...sections, developmentSection].flatMap((section) => section.operations)

describe('the suites of this folder', () => {
  it('call every route of the table', async () => {
    const folder = new URL('.', import.meta.url)
    const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'))
    const text = (await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n')
    const missing = operations.filter(({ method, path }) => {
      const line = `${method} ${path}`.replace(/[.]/g, '\\.').replace(/:\w+/g, "[^/\\s`']+")
      return !new RegExp(`['\`]${line}(?:['\`?])`).test(text)
    })
    expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([])
  })
})

describe('the OpenAPI document', () => {
  it('holds every route once, with its body, answers and codes', async () => {
    const { body, headers } = await world.ask('GET /openapi.json')
    expect(headers.get('cache-control')).toBe('public, max-age=300')
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: `${world.config.settings.publicUrl}/v1` }] })
    const found = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    )
    expect(found.sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort())
    const ids = operations.length
    const named = Object.values(body.paths).flatMap((methods) => Object.values(methods as object))
    expect(new Set(named.map(({ operationId }) => operationId)).size).toBe(ids)
  })

  it('refers to nothing that is not there', async () => {
    const { body, text } = await world.ask('GET /openapi.json')
    const names = new Set([...text.matchAll(/#\/components\/schemas\/([^"]+)/g)].map(([, name]) => name))
    for (const name of names) expect([name, body.components.schemas[name ?? '']]).toEqual([name, expect.any(Object)])
    expect(body.components.schemas.User.additionalProperties).toBe(false)
    expect(Object.keys(body.components.schemas).length).toBeGreaterThan(40)
  })

  it('shows a body that would be taken for every body there is, and every refusal as it looks', async () => {
    const { body } = await world.ask('GET /openapi.json')
    for (const { path, method, body: schema } of operations) {
      if (schema === undefined) continue
      const operation = body.paths[path.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()]
      const { example } = operation.requestBody.content['application/json']
      expect([path, schema.safeParse(example)]).toMatchObject([path, { success: true }])
      const [[code] = []] = Object.entries(operation.responses['400'].content['application/json'].examples)
      expect(errorBody.parse(body.components.examples[code ?? ''].value).code).toBe(code)
    }
    expect(Object.keys(exampleBodies).sort()).toEqual(
      [...new Set(operations.flatMap(({ body: schema }) => (schema === undefined ? [] : [nameOf(schema)])))].sort(),
    )
  })

  it('says what addresses are opened with, and what repeats a call of an administrator', async () => {
    const { body } = await world.ask('GET /openapi.json')
    const names = (path: string, method: string) =>
      body.paths[path][method].parameters.map(({ name }: { name: string }) => name)
    expect(names('/sign-in/provider/{provider}', 'get')).toContain('codeChallenge')
    expect(names('/sign-in/sso', 'get')).toContain('providerId')
    expect(names('/links', 'get')).toEqual(['token'])
    expect(names('/admin/users', 'post')).toEqual(['Idempotency-Key'])
  })

  it('knows every code that the table lists', () => {
    const known = new Set(nativeCodes.map(({ code }) => code))
    for (const { codes } of operations) for (const code of codes) expect(known).toContain(code)
  })
})

describe('the page', () => {
  it('shows every route, runs nothing and loads nothing', async () => {
    const { text, headers } = await world.ask('GET /docs')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; img-src data:/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(text).not.toMatch(/<script| on\w+=|src=/)
    for (const { path } of operations) expect(text).toContain(`<code>${path}</code>`)
    expect(text).not.toContain('&#96;')
    for (const [, anchor] of text.matchAll(/href="#([^"]+)"/g)) expect(text).toContain(`id="${anchor}"`)
  })
})

describe('the settings', () => {
  it('say what a form needs, and may be kept for a minute', async () => {
    const { body, headers } = await world.ask('GET /settings')
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    expect(body).toMatchObject({
      signUp: true,
      waysIn: ['password', 'code', 'passkey', 'anonymous'],
      factors: ['totp', 'phone', 'passkey', 'recovery_codes'],
      passkeys: { rpId: 'localhost', withoutAddress: false },
      password: { min: 8, max: 256 },
    })
    expect(codeOf(await world.ask('GET /settings?x=1'))).toBe('validation_failed')
    expect(codeOf(await world.ask('GET /me?access_token=x'))).toBe('no_authorization')
  })
})

describe('the development inbox', () => {
  it('shows what was caught, to names of this machine alone', async () => {
    await world.ask('POST /sign-in/code', { body: { email: 'dev@example.test' } })
    const mail = await world.inbox.waitFor('dev@example.test')
    const { body } = await world.ask('GET /dev/inbox?to=DEV@example.test&limit=1')
    expect(body.items).toEqual([mail])
    expect((await world.ask('GET /dev/inbox?after=nonsense')).status).toBe(400)
    expect((await world.ask('DELETE /dev/inbox')).status).toBe(204)
    expect((await world.ask('GET /dev/inbox')).body.items).toEqual([])
  })
})

describe('what is not there', () => {
  it('is a 404 in JSON, and one spelling only is there', async () => {
    for (const path of ['/nothing', '/me/', '/ME', '//me', '/%6de', '/me/organizations', '/admin/setting'])
      expect([path, codeOf(await world.ask(`GET ${path}`))]).toEqual([path, 'not_found'])
    const wrong = await world.ask('PUT /me', { body: {} })
    expect([wrong.status, codeOf(wrong), wrong.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'GET, PATCH, DELETE, HEAD, OPTIONS',
    ])
  })
})
