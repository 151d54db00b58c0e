import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Application,
  allow,
  anApplication,
  basicOf,
  begin,
  place,
  rawToken,
  signInAt,
  startProvider,
} from '../../world/applications.ts'
import type { World } from '../../world/world.ts'
import { adminApi, aSignedIn, raw, worked } from './clients.ts'

let world: World
let person: Awaited<ReturnType<typeof aSignedIn>>
let app: Application
beforeAll(async () => {
  world = await startProvider()
  person = await aSignedIn(world)
  app = await anApplication(world)
})
afterAll(() => world.close())

type Fields = Readonly<Record<string, string>>

const ask = (fields: Fields, headers: Fields = {}) =>
  fetch(`${world.url}/auth/v1/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x'.repeat(36), ...fields }),
  })
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
const answerOf = async (response: Response) => [response.status, await response.json()]
/** As upstream tells it, and by its name in the standard beside that. */
const clientFault = (msg: string) => [
  400,
  { code: 400, error_code: 'invalid_credentials', msg, error: 'invalid_client', error_description: msg },
]
const oauth = (error: string, error_description: string) => [400, { error, error_description }]

describe('an application that does not prove itself', () => {
  it('is told how it is registered, before anything it shows is compared', async () => {
    const posted = await anApplication(world, { method: 'client_secret_post' })
    const open = await anApplication(world, { method: 'none' })
    const secretOf = ({ secret = '' }: Application) => secret
    const mismatch = (registered: string, used: string) =>
      clientFault(`invalid authentication method: client is registered for '${registered}' but '${used}' was used`)
    const { id } = app
    expect(await answerOf(await ask({ client_id: id }))).toEqual(mismatch('client_secret_basic', 'none'))
    for (const client_secret of [secretOf(app), 'wrong'])
      expect(await answerOf(await ask({ client_id: id, client_secret }))).toEqual(
        mismatch('client_secret_basic', 'client_secret_post'),
      )
    expect(await answerOf(await ask({}, basic(`${posted.id}:${secretOf(posted)}`)))).toEqual(
      mismatch('client_secret_post', 'client_secret_basic'),
    )
    expect(await answerOf(await ask({ client_id: open.id, client_secret: 'any' }))).toEqual(
      mismatch('none', 'client_secret_post'),
    )
    expect(await answerOf(await ask({}, basic(`${open.id}:`)))).toEqual(mismatch('none', 'client_secret_basic'))
  })

  it('is told what is wrong with what it shows', async () => {
    const { id } = app
    const shown: [Fields, Fields, string][] = [
      [{}, {}, 'Invalid client credentials: client_id is required'],
      [{ client_id: 'nobody' }, {}, 'Invalid client_id format'],
      [{}, basic('nobody:x'), 'Invalid client_id format'],
      [{}, { authorization: 'Basic !' }, 'Invalid client credentials: invalid basic auth encoding'],
      [{}, basic('no colon'), 'Invalid client credentials: invalid basic auth format'],
      [{}, basic(`${id}:`), 'confidential clients must provide client_secret'],
      [{}, basic(`${id}:wrong`), 'invalid client credentials'],
      [{}, basic(`${crypto.randomUUID()}:wrong`), 'invalid client credentials'],
    ]
    for (const [fields, headers, text] of shown)
      expect(await answerOf(await ask(fields, headers))).toEqual(clientFault(text))
    const dated = await ask({}, { 'x-supabase-api-version': '2024-01-01' })
    expect(dated.headers.get('x-sb-error-code')).toBe('invalid_credentials')
    expect(await dated.json()).toMatchObject({
      code: 'invalid_credentials',
      message: 'Invalid client credentials: client_id is required',
    })
  })

  it('is told of a body that cannot be read, where that would have named it', async () => {
    const json = (headers: Fields) =>
      fetch(`${world.url}/auth/v1/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{',
      })
    expect(await answerOf(await json({}))).toEqual(clientFault('Invalid client credentials: failed to parse JSON body'))
    expect(await answerOf(await json(basicOf(app)))).toEqual(oauth('invalid_request', 'Invalid JSON body'))
  })
})

describe('an application that proves itself', () => {
  it('is told what is missing, and which grants are not its own', async () => {
    const told = async (fields: Fields) => answerOf(await rawToken(world, app, fields))
    expect(await told({})).toEqual(oauth('invalid_request', 'grant_type is required'))
    expect(await told({ grant_type: 'authorization_code' })).toEqual(
      oauth('invalid_request', 'code is required for authorization_code grant'),
    )
    expect(await told({ grant_type: 'refresh_token' })).toEqual(
      oauth('invalid_request', 'refresh_token is required for refresh_token grant'),
    )
    const denied = (type: string) => oauth('unsupported_grant_type', `Client is not allowed to use grant type: ${type}`)
    expect(await told({ grant_type: 'password' })).toEqual(denied('password'))
    const admin = adminApi(world).oauth
    worked(await admin.updateClient(app.id, { grant_types: ['authorization_code'] }))
    expect(await told({ grant_type: 'refresh_token', refresh_token: 'x' })).toEqual(denied('refresh_token'))
    worked(await admin.updateClient(app.id, { grant_types: ['authorization_code', 'refresh_token'] }))
  })

  it('is told what is wrong with a code', async () => {
    const aCode = async () => {
      const pending = await begin(app)
      const code = new URL(await allow(person, pending.handle)).searchParams.get('code') ?? ''
      return { grant_type: 'authorization_code', code, code_verifier: pending.verifier }
    }
    const told = async (fields: Fields, by = app) => answerOf(await rawToken(world, by, fields))
    const invalid = (text: string) => oauth('invalid_grant', text)
    const unverified = (text: string) => invalid(`PKCE verification failed: ${text}`)
    expect(await told({ grant_type: 'authorization_code', code: 'x' })).toEqual(invalid('Invalid authorization code'))
    const other = await anApplication(world)
    expect(await told(await aCode(), other)).toEqual(invalid('Authorization code was not issued for this client'))
    expect(await told({ ...(await aCode()), redirect_uri: `${place}/x`, code_verifier: 'x' })).toEqual(
      invalid('Invalid redirect_uri'),
    )
    expect(await told({ ...(await aCode()), resource: 'https://x.test/', redirect_uri: 'x' })).toEqual(
      invalid('Authorization code resource does not match the resource parameter'),
    )
    expect(await told({ ...(await aCode()), code_verifier: 'x'.repeat(43) })).toEqual(
      unverified('code challenge does not match previously saved code verifier'),
    )
    expect(await told({ ...(await aCode()), code_verifier: '' })).toEqual(
      unverified('code_verifier is required when PKCE challenge is present'),
    )
    const late = await aCode()
    world.clock.move(301)
    expect(await told(late)).toEqual(invalid('Authorization code has expired'))
    world.clock.move(-301)
    const used = await aCode()
    expect((await told(used))[0]).toBe(200)
    expect(await told(used)).toEqual(invalid('Invalid authorization code'))
  })

  it('is told whose a refresh token is that is not its own, and the person that theirs is none', async () => {
    const tokens = await signInAt(app, person)
    const told = async (refresh_token: string, by: Application) =>
      answerOf(await rawToken(world, by, { grant_type: 'refresh_token', refresh_token }))
    const other = await anApplication(world)
    expect(await told(tokens.refresh_token ?? '', other)).toEqual(
      oauth('invalid_grant', "Client does not match the session's OAuth client"),
    )
    expect(await told(person.session.refresh_token, app)).toEqual(
      oauth('invalid_grant', 'Client authentication not allowed for non-OAuth session'),
    )
    const json = { refresh_token: tokens.refresh_token }
    expect(await answerOf(await raw(world, '/token?grant_type=refresh_token', { json }))).toEqual(
      oauth('invalid_client', 'Client authentication required for OAuth session'),
    )
  })
})
