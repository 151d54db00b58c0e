import { createHash, randomBytes } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, anApplication, type Face, faceUrl, place, startProvider } from '../../world/applications.ts'
import { type Peer, type Registered, startOracle } from '../../world/oracle.ts'
import { createTraveller } from '../../world/traveller.ts'
import type { World } from '../../world/world.ts'
import { aSignedIn as aSignedInNhost } from '../nhost/clients.ts'
import { aSignedIn } from '../supabase/clients.ts'

// The same requests go to a certified server and to both faces of ours; where the answers differ, it stands here.
const scopes = ['openid', 'email', 'profile', 'offline_access']
let world: World
let oracle: Peer
let supabase: Peer
let nhost: Peer
beforeAll(async () => {
  world = await startProvider({ sessions: { grace: 0 } })
  oracle = await startOracle(place, scopes)
  supabase = await ourPeer('supabase')
  nhost = await ourPeer('nhost')
})
afterAll(async () => {
  await oracle.close()
  await world.close()
})

async function ourPeer(face: Face): Promise<Peer> {
  const issuer = faceUrl(world, face)
  const at = issuer + (face === 'supabase' ? '/oauth' : '/oauth2')
  const made = async (method: 'none' | 'client_secret_basic') => {
    const { id, secret } = await anApplication(world, { method, face, scope: scopes.join(' ') })
    return { id, secret, method }
  }
  const yes = face === 'supabase' ? await sayingYes() : await sayingYesAtNhost()
  const page = face === 'supabase' ? '/oauth/consent' : '/oauth2/login'
  return {
    name: face,
    issuer,
    endpoints: {
      authorize: `${at}/authorize`,
      token: `${at}/token`,
      introspect: `${at}/introspect`,
      revoke: `${at}/revoke`,
      userinfo: `${at}/userinfo`,
    },
    applications: [await made('client_secret_basic'), await made('none')],
    async answer(query) {
      const response = await createTraveller().fetch(`${at}/authorize?${query}`)
      const location = response.headers.get('location')
      if (location === null) return undefined
      const url = new URL(location)
      return url.pathname === page ? new URL(await yes(url)) : url
    },
    close: async () => {},
  }
}

async function sayingYes() {
  const person = await aSignedIn(world)
  return (page: URL) => allow(person, page.searchParams.get('authorization_id') ?? '')
}

async function sayingYesAtNhost() {
  const { nhost: client } = await aSignedInNhost(world)
  return async (page: URL) => {
    const requestId = page.searchParams.get('request_id') ?? ''
    return (await client.auth.oauth2LoginPost({ requestId })).body.redirectUri
  }
}

const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')

function queryFor({ id }: Registered, change: Readonly<Record<string, string | undefined>> = {}): URLSearchParams {
  const all: Record<string, string | undefined> = {
    client_id: id,
    redirect_uri: place,
    response_type: 'code',
    scope: 'openid email offline_access',
    state: 'a state',
    nonce: 'a nonce',
    // The certified server gives refresh tokens for offline_access to whoever is asked.
    prompt: 'consent',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  }
  return new URLSearchParams(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function post(url: string, of: Registered | undefined, fields: Readonly<Record<string, string>>): Promise<Response> {
  const basic = of?.method === 'client_secret_basic' ? `Basic ${btoa(`${of.id}:${of.secret}`)}` : undefined
  const inBody: Record<string, string> = of === undefined || basic !== undefined ? {} : { client_id: of.id }
  return fetch(url, {
    method: 'POST',
    ...(basic === undefined ? {} : { headers: { authorization: basic } }),
    body: new URLSearchParams({ ...inBody, ...fields }),
  })
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly error?: string
}

async function codeAt(peer: Peer, of: Registered): Promise<string> {
  return (await peer.answer(queryFor(of)))?.searchParams.get('code') ?? ''
}

const exchangeAt = (peer: Peer, of: Registered, change: Readonly<Record<string, string>>) =>
  post(peer.endpoints.token, of, {
    ...{ grant_type: 'authorization_code', redirect_uri: place, code_verifier: verifier },
    ...change,
  })

async function tokensAt(peer: Peer, of: Registered): Promise<Tokens> {
  return (await (await exchangeAt(peer, of, { code: await codeAt(peer, of) })).json()) as Tokens
}

const refreshAt = async (peer: Peer, of: Registered, token: string, more = {}) =>
  (await (
    await post(peer.endpoints.token, of, { grant_type: 'refresh_token', refresh_token: token, ...more })
  ).json()) as Tokens

const ours = () => [supabase, nhost]

/** What an answer says: in the query, or where a server thinks of the implicit flow in the fragment. */
const saidIn = (answer: URL | undefined) =>
  answer === undefined ? undefined : new URLSearchParams(answer.hash === '' ? answer.search : answer.hash.slice(1))

describe('authorization requests', () => {
  const answered: [string, Readonly<Record<string, string | undefined>>][] = [
    ['a good one', {}],
    ['one with members nobody knows', { something: 'else' }],
    ['one without a nonce', { nonce: undefined }],
    ['one without a state', { state: undefined }],
    ['another response type', { response_type: 'token' }],
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a challenge too short', { code_challenge: 'c'.repeat(42) }],
    ['a request object', { request: 'x.y.z' }],
    ['a request object by reference', { request_uri: 'https://app.example.test/request' }],
  ]
  it.each(answered)('%s is answered alike', async (_, change) => {
    const theirs = saidIn(await oracle.answer(queryFor(oracle.applications[0], change)))
    expect(theirs?.get('iss')).toBe(oracle.issuer)
    for (const peer of ours()) {
      const answer = (await peer.answer(queryFor(peer.applications[0], change)))?.searchParams
      expect(answer?.get('error'), peer.name).toBe(theirs?.get('error'))
      expect(answer?.has('code')).toBe(theirs?.has('code'))
      expect(answer?.get('state')).toBe(theirs?.get('state'))
      expect(answer?.get('iss')).toBe(peer.issuer)
    }
  })

  const unanswered: [string, Readonly<Record<string, string | undefined>>][] = [
    ['no application', { client_id: undefined }],
    ['an application nobody knows', { client_id: 'nobody' }],
    ['no place', { redirect_uri: undefined }],
    ['a place that is not registered', { redirect_uri: `${place}/other` }],
    ['a place of somebody else', { redirect_uri: 'https://evil.test/' }],
  ]
  it.each(unanswered)('%s sends nobody anywhere', async (_, change) => {
    for (const peer of [oracle, ...ours()])
      expect(await peer.answer(queryFor(peer.applications[0], change)), peer.name).toBeUndefined()
  })

  it('whoever must not be asked cannot be answered for', async () => {
    const answers = [oracle, supabase].map((peer) => peer.answer(queryFor(peer.applications[0], { prompt: 'none' })))
    for (const answer of await Promise.all(answers)) expect(answer?.searchParams.get('error')).toBe('login_required')
  })

  it('differ here: a plain challenge is told before anything is sent at Nhost', async () => {
    const change = { code_challenge_method: 'plain' }
    const [theirs, one, other] = await Promise.all(
      [oracle, supabase, nhost].map((peer) => peer.answer(queryFor(peer.applications[0], change))),
    )
    expect(one?.searchParams.get('error')).toBe(theirs?.searchParams.get('error'))
    expect(other).toBeUndefined()
  })

  it('differ here: a scope nobody knows is refused and not left out', async () => {
    const change = { scope: 'openid something' }
    expect((await oracle.answer(queryFor(oracle.applications[0], change)))?.searchParams.has('code')).toBe(true)
    for (const peer of ours())
      expect((await peer.answer(queryFor(peer.applications[0], change)))?.searchParams.get('error')).toBe(
        'invalid_scope',
      )
  })
})

describe('token requests', () => {
  type Case = (peer: Peer) => Promise<Response>
  const cases: [string, Case][] = [
    ['no grant type', (peer) => post(peer.endpoints.token, peer.applications[0], {})],
    ['a grant type nobody knows', (peer) => post(peer.endpoints.token, peer.applications[0], { grant_type: 'magic' })],
    ['a wrong secret', (peer) => exchangeAt(peer, { ...peer.applications[0], secret: 'wrong' }, { code: 'x' })],
    [
      'an application nobody knows',
      (peer) => exchangeAt(peer, { ...peer.applications[0], id: 'nobody' }, { code: 'x' }),
    ],
    ['a secret left out', (peer) => exchangeAt(peer, { ...peer.applications[0], method: 'none' }, { code: 'x' })],
    ['a code nobody gave', (peer) => exchangeAt(peer, peer.applications[0], { code: 'x' })],
    [
      'a code of another application',
      async (peer) => exchangeAt(peer, peer.applications[1], { code: await codeAt(peer, peer.applications[0]) }),
    ],
    [
      'another verifier',
      async (peer) =>
        exchangeAt(peer, peer.applications[0], {
          code: await codeAt(peer, peer.applications[0]),
          code_verifier: verifier.replace(/./, '~'),
        }),
    ],
    [
      'no verifier',
      async (peer) =>
        exchangeAt(peer, peer.applications[0], { code: await codeAt(peer, peer.applications[0]), code_verifier: '' }),
    ],
    [
      'another place',
      async (peer) =>
        exchangeAt(peer, peer.applications[0], {
          code: await codeAt(peer, peer.applications[0]),
          redirect_uri: `${place}/other`,
        }),
    ],
    [
      'a refresh token nobody gave',
      (peer) => post(peer.endpoints.token, peer.applications[0], { grant_type: 'refresh_token', refresh_token: 'x' }),
    ],
    ['no refresh token', (peer) => post(peer.endpoints.token, peer.applications[0], { grant_type: 'refresh_token' })],
  ]
  it.each(cases)('%s is told alike', async (_, send) => {
    const theirs = await send(oracle)
    const { error } = (await theirs.json()) as { error: string }
    for (const peer of ours()) {
      const answer = await send(peer)
      expect(((await answer.json()) as { error: string }).error, peer.name).toBe(error)
      // Supabase's clients know 400 alone.
      expect(answer.status).toBe(peer === nhost ? theirs.status : 400)
      expect(answer.headers.get('cache-control')).toContain('no-store')
    }
  })

  it('differ here: an application that does not name itself is none, as both dialects say', async () => {
    const nameless = { grant_type: 'refresh_token', refresh_token: 'x' }
    const said = async (peer: Peer) =>
      ((await (await post(peer.endpoints.token, undefined, nameless)).json()) as { error: string }).error
    expect(await said(oracle)).toBe('invalid_request')
    for (const peer of ours()) expect(await said(peer), peer.name).toBe('invalid_client')
  })

  it.each([0, 1] as const)('a second use of a code ends what the first one got (%i)', async (which) => {
    for (const peer of [oracle, ...ours()]) {
      const of = peer.applications[which]
      const code = await codeAt(peer, of)
      const first = (await (await exchangeAt(peer, of, { code })).json()) as Tokens
      const second = (await (await exchangeAt(peer, of, { code })).json()) as Tokens
      expect(second.error, peer.name).toBe('invalid_grant')
      expect((await refreshAt(peer, of, first.refresh_token)).error, peer.name).toBe('invalid_grant')
    }
  })

  it('a second use of a refresh token ends its whole line', async () => {
    for (const peer of [oracle, ...ours()]) {
      const [of, other] = peer.applications
      const first = await tokensAt(peer, of)
      expect((await refreshAt(peer, other, first.refresh_token)).error, peer.name).toBe('invalid_grant')
      const second = await refreshAt(peer, of, first.refresh_token)
      const third = await refreshAt(peer, of, second.refresh_token)
      expect(third.access_token, peer.name).toBeTruthy()
      expect((await refreshAt(peer, of, first.refresh_token)).error, peer.name).toBe('invalid_grant')
      expect((await refreshAt(peer, of, third.refresh_token)).error, peer.name).toBe('invalid_grant')
    }
  })

  it('a refresh may ask for less, and not for more', async () => {
    for (const peer of [oracle, ...ours()]) {
      const [of] = peer.applications
      const { refresh_token } = await tokensAt(peer, of)
      expect((await refreshAt(peer, of, refresh_token, { scope: 'openid profile' })).error, peer.name).toBe(
        'invalid_scope',
      )
      expect(await refreshAt(peer, of, refresh_token, { scope: 'openid' }), peer.name).toMatchObject({
        scope: 'openid',
      })
    }
  })
})

describe('tokens', () => {
  it('answer with the same members, and ID tokens say the same', async () => {
    const theirs = await tokensAt(oracle, oracle.applications[0])
    const said = decodeJwt(theirs.id_token)
    for (const peer of ours()) {
      const tokens = await tokensAt(peer, peer.applications[0])
      expect(Object.keys(tokens)).toEqual(expect.arrayContaining(Object.keys(theirs)))
      const claims = decodeJwt(tokens.id_token)
      expect(Object.keys(claims), peer.name).toEqual(expect.arrayContaining(Object.keys(said)))
      expect(claims).toMatchObject({ iss: peer.issuer, aud: peer.applications[0].id, nonce: 'a nonce' })
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe((said.exp ?? 0) - (said.iat ?? 0))
    }
    // The certified server leaves it out where it may (OpenID Connect Core §3.1.3.6).
    const half = (token: string) => createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
    const own = await tokensAt(nhost, nhost.applications[0])
    expect(decodeJwt(own.id_token)['at_hash']).toBe(half(own.access_token))
  })

  it('are inspected and revoked alike', async () => {
    const inspect = async (peer: Peer, of: Registered, token: string) =>
      (await (await post(peer.endpoints.introspect, of, { token })).json()) as Record<string, unknown>
    for (const peer of [oracle, ...ours()]) {
      const [of, other] = peer.applications
      const { access_token, refresh_token } = await tokensAt(peer, of)
      for (const token of [access_token, refresh_token]) {
        expect(await inspect(peer, of, token), peer.name).toMatchObject({
          active: true,
          client_id: of.id,
          iss: peer.issuer,
          sub: expect.any(String),
          scope: 'openid email offline_access',
          exp: expect.any(Number),
          iat: expect.any(Number),
        })
        expect(await inspect(peer, other, token), peer.name).toEqual({ active: false })
      }
      expect(await inspect(peer, of, 'x')).toEqual({ active: false })
      expect((await post(peer.endpoints.introspect, undefined, { token: access_token })).ok, peer.name).toBe(false)
      for (const token of ['x', refresh_token, refresh_token])
        expect((await post(peer.endpoints.revoke, of, { token })).status, peer.name).toBe(200)
      expect(await inspect(peer, of, refresh_token), peer.name).toEqual({ active: false })
    }
  })

  it('userinfo takes them and nothing else', async () => {
    const look = (peer: Peer, token: string) =>
      fetch(peer.endpoints.userinfo, { headers: { authorization: `Bearer ${token}` } })
    for (const peer of [oracle, nhost, supabase]) {
      const { access_token, id_token } = await tokensAt(peer, peer.applications[0])
      const answer = await look(peer, access_token)
      expect(((await answer.json()) as { sub: string }).sub).toBe(decodeJwt(id_token).sub)
      // Supabase's clients know 403.
      for (const token of [id_token, `${access_token}x`, 'x'])
        expect((await look(peer, token)).status, peer.name).toBe(peer === supabase ? 403 : 401)
    }
  })
})

describe('what both say of themselves', () => {
  it('has every member that this server could have as well', async () => {
    const read = async (issuer: string) =>
      (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>
    const theirs = await read(oracle.issuer)
    const without = [
      // What only a server with these features has to say.
      ...['end_session_endpoint', 'pushed_authorization_request_endpoint', 'claims_parameter_supported'],
      ...[
        'dpop_signing_alg_values_supported',
        'token_endpoint_auth_signing_alg_values_supported',
        'claim_types_supported',
        'backchannel_logout_supported',
      ],
      // One way to answer, which is the default.
      'response_modes_supported',
    ]
    for (const peer of ours()) {
      const own = await read(peer.issuer)
      const missing = Object.keys(theirs).filter((name) => !Object.hasOwn(own, name) && !without.includes(name))
      expect(missing, peer.name).toEqual([])
    }
  })
})
