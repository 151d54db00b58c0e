import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { freePort } from '../../set-up/free-port.ts'
import { clientId, clientSecret } from '../../world/documented-provider.ts'
import { exchange, nativeStart, type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'

interface StandIn {
  readonly url: string
  person: Record<string, unknown>
  /** What the person does on the page. */
  says: 'yes' | 'no'
  readonly faults: string[]
  close(): Promise<void>
}

const verified = { id: 38895958, id_str: '38895958', name: 'Sean Cook', screen_name: 'theSeanCook' }
const picture = 'https://si0.twimg.test/sean.jpg'

/** A server that judges signatures by RFC 5849 §3.2 and answers as documented. */
async function startTwitter(): Promise<StandIn> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const state = { person: {} as Record<string, unknown>, says: 'yes' as 'yes' | 'no' }
  const faults: string[] = []
  const secrets = new Map([['', '']])
  const callbacks = new Map<string, string>()
  const nonces = new Set<string>()

  const read = (request: IncomingMessage): Record<string, string> | undefined => {
    const header = request.headers.authorization ?? ''
    const said = Object.fromEntries(
      [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decodeURIComponent(value)]),
    )
    const { oauth_signature: signature, ...protocol } = said
    const at = new URL(request.url ?? '/', url)
    const encode = (text: string) => escapeAll(encodeURIComponent(text))
    const names = [...Object.entries(protocol), ...at.searchParams].map(([n, v]) => [encode(n), encode(v)] as const)
    const normal = names
      .map(([n, v]) => `${n}=${v}`)
      .sort()
      .join('&')
    const base = [request.method ?? '', url + at.pathname, normal].map(encode).join('&')
    const key = `${encode(clientSecret)}&${encode(secrets.get(protocol['oauth_token'] ?? '') ?? 'unknown')}`
    const own = createHmac('sha1', key).update(base).digest('base64')
    const isFresh = !nonces.has(protocol['oauth_nonce'] ?? '')
    nonces.add(protocol['oauth_nonce'] ?? '')
    const isRight = own === signature && isFresh && protocol['oauth_consumer_key'] === clientId
    if (!isRight) faults.push(`${request.method} ${request.url}: signature`)
    return isRight ? protocol : undefined
  }
  const server = createServer((request, response) => {
    const at = new URL(request.url ?? '/', url)
    const form = (fields: Record<string, string>) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(new URLSearchParams(fields).toString())
    if (at.pathname === '/oauth/authenticate') {
      const token = at.searchParams.get('oauth_token') ?? ''
      const back = new URL(callbacks.get(token) ?? 'http://127.0.0.1/none')
      if (state.says === 'no') back.searchParams.set('denied', token)
      else {
        back.searchParams.set('oauth_token', token)
        back.searchParams.set('oauth_verifier', `verifier of ${token}`)
      }
      return response.writeHead(302, { location: back.href }).end()
    }
    const said = read(request)
    if (said === undefined) return response.writeHead(401).end('{"errors":[{"code":32}]}')
    if (at.pathname === '/oauth/request_token' && request.method === 'POST') {
      const token = `request+token/${callbacks.size}=`
      callbacks.set(token, said['oauth_callback'] ?? '')
      secrets.set(token, `secret of ${token}`)
      return form({ oauth_token: token, oauth_token_secret: `secret of ${token}`, oauth_callback_confirmed: 'true' })
    }
    if (at.pathname === '/oauth/access_token' && request.method === 'POST') {
      if (said['oauth_verifier'] !== `verifier of ${said['oauth_token']}`) faults.push('verifier')
      secrets.set('access', 'access secret')
      return form({ oauth_token: 'access', oauth_token_secret: 'access secret', user_id: '38895958', screen_name: 'x' })
    }
    if (at.pathname === '/1.1/account/verify_credentials.json' && at.searchParams.get('include_email') === 'true')
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state.person))
    faults.push(`${request.method} ${request.url} is not documented`)
    return response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return Object.assign(state, {
    url,
    faults,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  })
}

const escapeAll = (text: string) =>
  text.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

let there: StandIn
let world: SocialWorld
beforeAll(async () => {
  there = await startTwitter()
  const altogic = { redirectUrl: 'https://app.example.test/back' }
  world = await startSocial({
    dialects: { altogic },
    providers: { twitter: { clientId: [clientId], clientSecret, url: there.url } },
  })
})
afterAll(async () => {
  await world.close()
  await there.close()
})

async function signIn(person: Record<string, unknown>, says: 'yes' | 'no' = 'yes') {
  Object.assign(there, { person, says })
  return (await createTraveller().go(nativeStart(world, {}, 'twitter'), world.app)).url
}

describe('twitter, which speaks OAuth 1.0a', () => {
  it('is asked and understood as its documentation says', async () => {
    const email = 'sean@example.test'
    const back = await signIn({ ...verified, email, profile_image_url_https: picture })
    expect(there.faults).toEqual([])
    const { status, body } = await exchange(world, back.searchParams.get('code') ?? '')
    expect(status).toBe(200)
    expect(body).toMatchObject({ user: { email, displayName: 'Sean Cook', avatarUrl: picture } })
    const owner = await world.core.identities.findOwner('twitter', '38895958')
    expect((await world.core.users.find(owner?.userId ?? ''))?.emailConfirmedAt).not.toBeNull()
  })

  it.each([
    ['Supabase', '/auth/v1/authorize?provider=twitter&redirect_to=https://app.example.test/back', 'access_token'],
    ['Nhost', '/nhost/v1/signin/provider/twitter?redirectTo=https://app.example.test/back', 'refreshToken'],
    ['Altogic', '/_auth/twitter', 'access_token'],
  ])('finds its way back to apps that speak %s', async (dialect, path, token) => {
    Object.assign(there, { person: { ...verified, id_str: dialect, email: `${dialect}@example.test` }, says: 'yes' })
    const { url } = await createTraveller().go(world.origin + path, world.app)
    expect(there.faults).toEqual([])
    expect(new URLSearchParams(url.hash.slice(1) || url.search).get(token)).toMatch(/^[\w.-]{20,}$/)
  })

  it('S36: takes no address where it shows none', async () => {
    const back = await signIn({ ...verified, id_str: '2', email: null })
    expect(back.searchParams.get('error')).toBe('provider_failed')
  })

  it('tells when somebody says no', async () => {
    expect((await signIn(verified, 'no')).searchParams.get('error')).toBe('access_denied')
  })

  it('S66: finishes with the request token that the sign-in began with, and with no other', async () => {
    Object.assign(there, { person: { ...verified, id_str: '3', email: 'mallory@example.test' }, says: 'yes' })
    const begin = async () => {
      const browser = createTraveller()
      const start = await browser.fetch(nativeStart(world, {}, 'twitter'))
      const { headers } = await browser.fetch(start.headers.get('location') ?? '')
      return { browser, callback: new URL(headers.get('location') ?? '') }
    }
    const [mallory, victim] = [await begin(), await begin()]
    for (const name of ['oauth_token', 'oauth_verifier'])
      victim.callback.searchParams.set(name, mallory.callback.searchParams.get(name) ?? '')
    const { url } = await victim.browser.go(victim.callback.href, world.app)
    expect(url.searchParams.get('error')).toBe('provider_failed')
    expect(await world.core.identities.findOwner('twitter', '3')).toBeUndefined()
  })

  it('S76: keeps the secret of the request token sealed', async () => {
    const browser = createTraveller()
    await browser.fetch(nativeStart(world, {}, 'twitter'))
    const rows = JSON.stringify(await world.database.query(sql`select payload from auth.tickets`))
    expect(rows).toContain('kept')
    expect(rows).not.toContain('secret of')
  })
})
