import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'
import { freePort } from '../set-up/free-port.ts'

/** Somebody with an account at the OpenID provider. */
export interface Person {
  readonly sub: string
  readonly [claim: string]: unknown
}

/** A real OpenID provider on this machine. Whoever is `person` at the moment signs in there without being asked. */
export interface OpenIdServer {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Who sits in front of the browser; without anybody a page asks for the name of the account. */
  person: Person | undefined
  /** Says no instead of signing in. */
  declines: boolean
  close(): Promise<void>
}

/** @param redirectUris where it may send people back to */
export async function startOpenId(redirectUris: readonly string[], port?: number): Promise<OpenIdServer> {
  const at = port ?? (await freePort())
  const issuer = `http://127.0.0.1:${at}`
  const people = new Map<string, Person>()
  const client = { client_id: 'watchword', client_secret: 'a-secret-of-the-client-at-the-provider' }
  const provider = new Provider(issuer, {
    clients: [
      {
        ...client,
        redirect_uris: [...redirectUris],
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    issueRefreshToken: async () => true,
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...people.get(sub), sub }) }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'picture', 'nickname'] },
    scopes: ['openid', 'email', 'profile', 'offline_access'],
    // Most providers on the market put the address into the ID token.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['a key for the cookies of a test'] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  })
  const handle = provider.callback()
  const state: { person: Person | undefined; declines: boolean } = { person: undefined, declines: false }
  const interact = async (...[request, response]: Parameters<Parameters<typeof createServer>[1] & object>) => {
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (state.declines)
      return provider.interactionFinished(request, response, {
        error: 'access_denied',
        error_description: 'The person said no',
      })
    const typed = new URL(request.url ?? '/', issuer).searchParams.get('sub')
    const person = state.person ?? (typed === null ? undefined : { sub: typed, email: typed, email_verified: true })
    if (person === undefined && prompt.name === 'login') {
      response.writeHead(200, { 'content-type': 'text/html' })
      return response.end('<title>Provider</title><form><input name="sub"><button>Sign in there</button></form>')
    }
    if (prompt.name === 'login') {
      const { sub } = person ?? { sub: '' }
      if (person !== undefined) people.set(sub, person)
      return provider.interactionFinished(request, response, { login: { accountId: sub, remember: false } })
    }
    const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) })
    grant.addOIDCScope('openid email profile offline_access')
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/')) interact(request, response).catch(() => response.writeHead(500).end())
    else handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  return {
    issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    get person() {
      return state.person
    },
    set person(person) {
      state.person = person
    },
    get declines() {
      return state.declines
    },
    set declines(declines) {
      state.declines = declines
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
