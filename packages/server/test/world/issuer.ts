import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { freePort } from '../set-up/free-port.ts'

/** Somebody who signs ID tokens: discovery and keys on this machine, and whatever a test wants them to answer. */
export interface Issuer {
  readonly issuer: string
  /** How often the keys were asked for. */
  readonly asked: { keys: number; other: string[] }
  /** A token, with usual claims under the given ones; `null` takes one away. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  /** Signs with a new key from now on; the old one is no longer published. */
  rotate(): Promise<void>
  /** The key that signs, public part, as others may misuse it. */
  publicPem(): Promise<string>
  close(): Promise<void>
}

/** @param audience whom its tokens are for */
export async function startIssuer(audience: string): Promise<Issuer> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const asked = { keys: 0, other: [] as string[] }
  const state = { ...(await generateKeyPair('RS256', { extractable: true })), kid: 'k1', count: 1 }
  const server = createServer(async (request, response) => {
    const answer = (body: unknown) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.url === '/.well-known/openid-configuration')
      return answer({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
      })
    if (request.url === '/jwks') {
      asked.keys += 1
      const key = { ...(await exportJWK(state.publicKey)), kid: state.kid, use: 'sig' }
      return answer({ keys: [{ kty: 'unheard-of' }, { kty: 'oct', k: 'AAAA', kid: 'shared' }, key] })
    }
    asked.other.push(request.url ?? '')
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    issuer,
    asked,
    async token(claims = {}, header = {}) {
      const at = Math.floor(Date.now() / 1000)
      const usual = { iss: issuer, aud: audience, iat: at, exp: at + 600, jti: crypto.randomUUID() }
      const all = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== null)
      return new SignJWT(Object.fromEntries(all) as JWTPayload)
        .setProtectedHeader({ alg: 'RS256', kid: state.kid, ...header })
        .sign(state.privateKey)
    },
    async rotate() {
      state.count += 1
      Object.assign(state, await generateKeyPair('RS256', { extractable: true }), { kid: `k${state.count}` })
    },
    async publicPem() {
      const { exportSPKI } = await import('jose')
      return exportSPKI(state.publicKey)
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
