import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed, doorsOf } from './wire/doors.ts'
import { aPerson, freshEmail, goodPassword } from './wire/people.ts'
import { raw, requestText } from './wire/raw.ts'
import { routesOf } from './wire/routes.ts'
import { send, verdict } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { redirectUrls: ['https://good.test/**'] } })
})
afterAll(() => world.close())

const plain = [
  '/v1/sign-in/password',
  '/auth/v1/token',
  '/v1/me',
  '/auth/v1/user',
  '/v1/admin/users',
  '/auth/v1/admin/users',
  '/health',
]

/** Other ways to write a path that some layer in front might fold into it. */
function spellings(path: string): string[] {
  const last = path.lastIndexOf('/')
  const [folder, name] = [path.slice(0, last), path.slice(last + 1)]
  const encoded = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`
  return [
    `/${path}`,
    `${folder}//${name}`,
    `${folder}/./${name}`,
    `${folder}/x/../${name}`,
    `${folder}/%2e/${name}`,
    `${folder}/x/%2e%2e/${name}`,
    `${folder}%2f${name}`,
    `${folder}%5c${name}`,
    `${folder}\\${name}`,
    `${folder}/${encoded}`,
    `${folder}/${name};x`,
    `${folder}/;x/${name}`,
    `${folder}/${name.toUpperCase()}`,
    `${folder.toUpperCase()}x/${name}`,
    `${path}%00`,
    `${path}%20`,
    `${path}%0a`,
    `${path}.json`,
    `${path}%23`,
    `${path}%3f`,
    `${path}//`,
    `${path}/.`,
    `${path}#x`,
    `${path}*`,
  ]
}

describe('one route, one spelling', () => {
  it('S115 no other spelling is a way around', async () => {
    for (const path of plain)
      for (const other of spellings(path))
        for (const method of ['GET', 'POST']) {
          const body = method === 'POST' ? '{}' : ''
          const answer = await raw(
            world.url,
            requestText(method, other, { 'content-type': 'application/json', Connection: 'close' }, body),
          )
          expect([400, 404, 405], `${method} ${other}: ${answer.all.slice(0, 200)}`).toContain(answer.status)
        }
  })

  it('S115 a trailing slash is the same route with the same checks, or none', async () => {
    for (const route of (await routesOf(world)).filter(({ path }) => path.length > 1)) {
      const sending = { method: route.method, ...(['GET', 'DELETE'].includes(route.method) ? {} : { json: {} }) }
      for (const bearer of [undefined, 'x.y.z']) {
        const path = route.filled('x')
        const with_ = await send(`${world.url}${path}/`, { ...sending, bearer })
        if (with_.status === 404) continue
        const without = await send(world.url + path, { ...sending, bearer })
        expect(verdict(with_), `${route.method} ${route.path}/`).toBe(verdict(without))
      }
    }
  })

  it('S115 no header turns one method into another', async () => {
    const person = await aPerson(world)
    const door = doorNamed('native', world)
    const { access } = door.held(await door.signIn(person.email, person.password))
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
      for (const path of ['/v1/me', '/v1/me/password'])
        await send(world.url + path, { bearer: access, headers: { [name]: 'DELETE' } })
    expect([200, 400]).toContain((await send(`${world.url}/v1/me?_method=DELETE`, { bearer: access })).status)
    expect(await world.core.users.find(person.id)).toBeDefined()
    expect((await door.me(access)).status).toBe(200)
  })

  it('S115 TRACE, CONNECT, HEAD on what changes and methods nobody knows are refused', async () => {
    for (const path of plain)
      for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'SEARCH', 'LINK', 'PURGE', 'BREW', 'get', 'Post']) {
        const answer = await raw(world.url, requestText(method, path, { Connection: 'close' }))
        expect([400, 404, 405, 501], `${method} ${path}: ${answer.all.slice(0, 200)}`).toContain(answer.status)
        expect(answer.all).not.toContain('TRACE /')
      }
    for (const route of await routesOf(world)) {
      if (route.method === 'GET') continue
      const answer = await raw(world.url, requestText('HEAD', route.filled('x'), { Connection: 'close' }))
      const has = (await routesOf(world)).some((other) => other.method === 'GET' && other.path === route.path)
      if (!has) expect([404, 405], `HEAD ${route.path}`).toContain(answer.status)
      expect(answer.body, `HEAD ${route.path}`).toBe('')
    }
  })

  it('S115 S26 HEAD and OPTIONS on a mailed link use nothing up', async () => {
    for (const door of doorsOf(world)) {
      const person = await aPerson(world)
      await door.recover(person.email, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
      const { link } = await world.inbox.waitFor(person.email, 'recovery')
      const { pathname, search } = new URL(link ?? '')
      for (const method of ['HEAD', 'OPTIONS']) {
        const reply = await send(world.url + pathname + search, { method })
        expect([200, 204, 404, 405], method).toContain(reply.status)
        expect(reply.headers.get('location')).toBeNull()
      }
      const opened = await door.openLink(link ?? '')
      expect(opened.status, opened.text).toBe(303)
      expect(opened.headers.get('location')).toMatch(/[?&]code=/)
    }
  })
})

describe('what reaches a header', () => {
  const evil = [
    '\r\nSet-Cookie: a=b',
    '\nSet-Cookie: a=b',
    '\r',
    '%0d%0aSet-Cookie:%20a=b',
    '\u0000',
    '\u2028Set-Cookie: a',
    'é漢字',
    '嘊嘍Set-Cookie: a',
    '\u010a\u010dx: y',
  ]

  it('S116 is encoded or refused: redirects', async () => {
    for (const door of doorsOf(world))
      for (const text of evil) {
        const person = await aPerson(world)
        const target = `https://good.test/back?x=${text}`
        const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
        const begun =
          door.name === 'native'
            ? await door.call('/recovery', {
                json: { email: person.email, redirectTo: target, codeChallenge: challenge, state: `s${text}` },
              })
            : await door.call(`/recover?redirect_to=${encodeURIComponent(target)}`, {
                json: { email: person.email, code_challenge: challenge, code_challenge_method: 's256' },
              })
        expect([200, 400], begun.text).toContain(begun.status)
        if (begun.status !== 200) continue
        const { link, text: mail, subject } = await world.inbox.waitFor(person.email, 'recovery')
        expect(subject + mail).not.toMatch(/\nSet-Cookie: a=b/)
        const opened = await door.openLink(link ?? '')
        expect(opened.headers.get('set-cookie'), text).toBeNull()
        expect(opened.headers.get('x'), text).toBeNull()
        expect(opened.headers.get('location') ?? '', text).toMatch(/^[\x21-\x7e]*$/)
      }
  })

  it('S116 is encoded or refused: mail', async () => {
    for (const text of evil) {
      const email = freshEmail()
      const reply = await doorNamed('native', world).call('/sign-up/password', {
        json: { email, password: goodPassword, displayName: `Bob${text}`.slice(0, 60), metadata: { name: text } },
      })
      expect([200, 400], reply.text).toContain(reply.status)
      if (reply.status === 200) {
        const message = await world.inbox.waitFor(email)
        expect(message.subject).not.toMatch(/[\r\n\0]/)
        expect(message.to).toBe(email)
      }
      for (const path of ['/v1/recovery', '/auth/v1/recover']) {
        const injected = await send(world.url + path, { json: { email: `x@example.test${text}` } })
        expect([200, 400], injected.text).toContain(injected.status)
      }
    }
  })

  it('S116 the same parameter twice, or in two places, is refused or read in one way', async () => {
    for (const path of [
      '/auth/v1/token?grant_type=password&grant_type=refresh_token',
      '/auth/v1/verify?token=a&token=b&type=signup',
      '/auth/v1/verify?token=a&type=signup&type=recovery',
      '/auth/v1/recover?redirect_to=https://good.test/a&redirect_to=https://good.test/b',
      '/v1/links?token=a&token=b',
    ])
      for (const method of path.includes('verify') || path.includes('links') ? ['GET'] : ['POST']) {
        const reply = await send(world.url + path, {
          method,
          ...(method === 'POST' ? { json: { email: 'x@example.test', password: 'x' } } : {}),
        })
        expect([400, 403, 303], `${path} ${reply.text}`).toContain(reply.status)
      }
    const form = await send(`${world.url}/v1/links`, {
      raw: 'token=a&token=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    })
    expect([303, 400, 403]).toContain(form.status)
  })

  it('S116 a message framed in two ways is refused, and its hidden half is not a request', async () => {
    const hidden = requestText('DELETE', '/inbox/messages', {})
    const both = [
      `POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc${hidden}`,
      `POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc${hidden}`,
      `POST /v1/sign-in/password HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n Transfer-Encoding: chunked\r\n\r\nabc${hidden}`,
      `POST /v1/sign-in/password HTTP/1.1\nHost: x\nContent-Length: 0\n\n${hidden}`,
      `GET /health HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n${hidden}`,
    ]
    for (const bytes of both) {
      const answer = await raw(world.url, bytes)
      expect([400, 501], `${bytes.slice(0, 120)} → ${answer.all.slice(0, 200)}`).toContain(answer.status)
      expect(answer.all.match(/HTTP\/1\.1 /g), bytes.slice(0, 120)).toHaveLength(1)
    }
  })
})
