import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { freePort } from '../set-up/free-port.ts'

type Answer = Readonly<Record<string, unknown>> | readonly unknown[]
type Strings = Readonly<Record<string, string>>

/** Somebody at the provider. */
export interface Someone {
  readonly email: string
  /** Where the stand-in is, for what holds addresses of its own. */
  readonly base: string
}

/** What a provider's documentation says it is asked and answers. Paths stand below the `url` of its settings. */
export interface Documented {
  readonly id: string
  readonly authorize: {
    readonly path: string
    /** The scopes of the request, as they stand there; null where there are none. */
    readonly scope: string | null
    /** What else must be in the address. */
    readonly params?: Strings
    /** What the app asks for. */
    readonly asked?: Strings
  }
  readonly token: {
    readonly path: string
    readonly auth: 'basic' | 'post'
    /** `false`: refuses a verifier. */
    readonly pkce?: false
    readonly headers?: Strings
    answer?(someone: Someone): Answer
  }
  /** The claims of its ID token, where its keys lie and whether it returns the nonce. */
  readonly idToken?: {
    readonly keys: string
    /** Discovery document, by its path. */
    readonly discovery?: string
    readonly nonce: boolean
    claims(someone: Someone): Readonly<Record<string, unknown>>
  }
  /** What is read with the access token, by method and path. */
  readonly reads?: Readonly<
    Record<
      string,
      { readonly headers?: Strings; readonly body?: (body: string) => boolean; answer(someone: Someone): Answer }
    >
  >
  /** Who that is to us. */
  readonly profile: {
    readonly subject: string
    readonly email: 'verified' | 'unverified' | 'none'
    readonly name: string | null
    readonly username?: string
    readonly avatarUrl?: string
  }
}

/** A stand-in for all of them on this machine, below `/<id>`. */
export interface DocumentedProviders {
  urlOf(id: string): string
  /** Who sits in front of the browser. */
  email: string
  /** What was asked otherwise than documented. */
  readonly faults: string[]
  close(): Promise<void>
}

export const clientId = 'client-of.ours_1'
export const clientSecret = 'secret_of-ours.2~/+'
const accessToken = 'token-of-theirs'

/** Starts the stand-in. Codes are good once, and for the challenge they were asked with. */
export async function startDocumented(all: readonly Documented[]): Promise<DocumentedProviders> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const key = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(key.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  const state = { email: '' }
  const faults: string[] = []
  const codes = new Map<string, URLSearchParams>()

  const authorize = (at: Documented, asked: URLSearchParams) => {
    const want = { response_type: 'code', client_id: clientId, ...at.authorize.params }
    for (const [name, value] of Object.entries(want))
      if (asked.get(name) !== value) faults.push(`${at.id}: ${name} is ${asked.get(name)}`)
    if (asked.get('scope') !== at.authorize.scope) faults.push(`${at.id}: scope is ${asked.get('scope')}`)
    if (asked.has('code_challenge') === (at.token.pkce === false)) faults.push(`${at.id}: code_challenge`)
    const code = `code-${codes.size}`
    codes.set(code, asked)
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', asked.get('state') ?? '')
    return { location: back.href }
  }
  const token = async (at: Documented, request: IncomingMessage, form: URLSearchParams): Promise<Answer> => {
    const asked = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const shown =
      at.token.auth === 'basic'
        ? same(request.headers.authorization ?? '', basic) && !form.has('client_secret')
        : request.headers.authorization === undefined &&
          form.get('client_id') === clientId &&
          form.get('client_secret') === clientSecret
    if (!shown) faults.push(`${at.id}: the client did not show its secret as documented`)
    expectHeaders(at, request, at.token.headers)
    const digest = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isBound =
      at.token.pkce === false ? !form.has('code_verifier') : same(asked?.get('code_challenge') ?? '', digest)
    if (!isBound) faults.push(`${at.id}: code_verifier`)
    if (form.get('grant_type') !== 'authorization_code') faults.push(`${at.id}: grant_type`)
    if (form.get('redirect_uri') !== asked?.get('redirect_uri')) faults.push(`${at.id}: redirect_uri`)
    const someone = { email: state.email, base: `${origin}/${at.id}` }
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      ...at.token.answer?.(someone),
      ...(at.idToken === undefined ? {} : { id_token: await idTokenOf(at, someone, asked?.get('nonce') ?? null) }),
    }
  }
  const idTokenOf = ({ idToken }: Documented, someone: Someone, nonce: string | null) =>
    new SignJWT({ ...idToken?.claims(someone), ...(idToken?.nonce === true ? { nonce } : {}) })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setAudience(clientId)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(key.privateKey)
  const expectHeaders = (at: Documented, request: IncomingMessage, headers: Strings = {}) => {
    for (const [name, value] of Object.entries(headers))
      if (request.headers[name] !== value) faults.push(`${at.id}: ${name} is ${request.headers[name]}`)
  }
  const answer = async (request: IncomingMessage, body: string): Promise<Answer | { location: string } | undefined> => {
    const url = new URL(request.url ?? '/', origin)
    const at = all.find(({ id }) => url.pathname.startsWith(`/${id}/`))
    if (at === undefined) return undefined
    const path = url.pathname.slice(at.id.length + 1)
    if (request.headers['user-agent'] === undefined) faults.push(`${at.id}: no user-agent`)
    if (path === at.authorize.path && request.method === 'GET') return authorize(at, url.searchParams)
    if (path === at.token.path && request.method === 'POST') return token(at, request, new URLSearchParams(body))
    if (path === at.idToken?.keys) return { keys: [jwk] }
    if (path === at.idToken?.discovery) return discoveryOf(at, `${origin}/${at.id}`)
    const read = at.reads?.[`${request.method} ${path}${url.search}`]
    if (read === undefined) return undefined
    expectHeaders(at, request, { authorization: `Bearer ${accessToken}`, ...read.headers })
    if (read.body !== undefined && !read.body(body)) faults.push(`${at.id}: the body of ${path}`)
    return read.answer({ email: state.email, base: `${origin}/${at.id}` })
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const said = await answer(request, Buffer.concat(parts).toString())
      if (said === undefined) faults.push(`${request.method} ${request.url} is not documented`)
      if (said !== undefined && 'location' in said) response.writeHead(302, { location: String(said.location) }).end()
      else
        response
          .writeHead(said === undefined ? 404 : 200, { 'content-type': 'application/json' })
          .end(JSON.stringify(said ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    urlOf: (id) => `${origin}/${id}`,
    get email() {
      return state.email
    },
    set email(email) {
      state.email = email
    },
    faults,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

function discoveryOf({ authorize, token, idToken }: Documented, issuer: string): Answer {
  return {
    issuer,
    authorization_endpoint: issuer + authorize.path,
    token_endpoint: issuer + token.path,
    jwks_uri: issuer + (idToken?.keys ?? ''),
  }
}
