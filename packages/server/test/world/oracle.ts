import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'
import { freePort } from '../set-up/free-port.ts'
import { createTraveller } from './traveller.ts'

/** An application, as both sides know it. */
export interface Registered {
  readonly id: string
  readonly secret: string | undefined
  readonly method: 'none' | 'client_secret_basic' | 'client_secret_post'
}

/** A server of the standards: where its endpoints are, and how a person says yes at it. */
export interface Peer {
  readonly name: string
  readonly issuer: string
  readonly endpoints: Readonly<Record<'authorize' | 'token' | 'introspect' | 'revoke' | 'userinfo', string>>
  readonly applications: readonly [confidential: Registered, open: Registered]
  /** Follows a request up to its answer, saying yes; the place an answer goes to, or undefined where nothing is sent anywhere. */
  answer(query: URLSearchParams): Promise<URL | undefined>
  close(): Promise<void>
}

/** A certified server with the applications of a test; whoever comes is signed in and says yes. */
export async function startOracle(place: string, scopes: readonly string[]): Promise<Peer> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const common = { redirect_uris: [place], grant_types: ['authorization_code', 'refresh_token'] }
  const confidential: Registered = {
    id: 'confidential',
    secret: 'a-secret-of-this-test',
    method: 'client_secret_basic',
  }
  const open: Registered = { id: 'open', secret: undefined, method: 'none' }
  const provider = new Provider(issuer, {
    clients: [
      { ...common, client_id: confidential.id, client_secret: confidential.secret ?? '' },
      { ...common, client_id: open.id, token_endpoint_auth_method: 'none', application_type: 'web' },
    ],
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    scopes: [...scopes],
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    features: {
      devInteractions: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: async (_context, client, token) => (token as { clientId?: string }).clientId === client.clientId,
      },
      revocation: { enabled: true },
    },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['a key for the cookies of a test'] },
    pkce: { required: () => true },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 900, IdToken: 900, AuthorizationCode: 300 },
  })
  const handle = provider.callback()
  const interact = async (...[request, response]: Parameters<Parameters<typeof createServer>[1] & object>) => {
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: 'somebody' } })
    const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) })
    grant.addOIDCScope(scopes.join(' '))
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  }
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/')) interact(request, response).catch(() => response.writeHead(500).end())
    else handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const endpoints = {
    authorize: `${issuer}/auth`,
    token: `${issuer}/token`,
    introspect: `${issuer}/token/introspection`,
    revoke: `${issuer}/token/revocation`,
    userinfo: `${issuer}/me`,
  }
  return {
    name: 'oidc-provider',
    issuer,
    endpoints,
    applications: [confidential, open],
    async answer(query) {
      const { url, response } = await createTraveller().go(`${endpoints.authorize}?${query}`, place)
      return response === undefined ? url : undefined
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
