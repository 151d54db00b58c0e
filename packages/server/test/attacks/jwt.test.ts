import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import type { Held } from './wire/door.ts'
import { doorNamed, doorsOf } from './wire/doors.ts'
import { type Claims, es256, forge, hs256, read, rs256, strangerKeys } from './wire/forge.ts'
import { aPerson, goodPassword, type Person, signedInAt } from './wire/people.ts'
import { raw, requestText } from './wire/raw.ts'
import { at, codeOf, send, textAt, verdict } from './wire/send.ts'

let world: World
let me: Person & Held
let mine: { readonly header: Claims; readonly claims: Claims }
let sign: (header: Claims, claims: Claims | string) => string
let bait: Server
let baitUrl: string
const bitten: string[] = []

beforeAll(async () => {
  world = await startWorld()
  me = await signedInAt(world, doorNamed('native', world))
  mine = read(me.access)
  const key = await world.core.signingKeys.current()
  sign = (header, claims) => forge(header, claims, es256(key.signWith))
  bait = createServer((request, response) => {
    bitten.push(request.url ?? '')
    response.end(JSON.stringify({ keys: [] }))
  }).listen(0, '127.0.0.1')
  await once(bait, 'listening')
  baitUrl = `http://127.0.0.1:${(bait.address() as AddressInfo).port}`
})
afterAll(async () => {
  bait.close()
  await world.close()
})

async function publicKeyTexts(): Promise<(string | Buffer)[]> {
  const { body } = await send(`${world.url}/.well-known/jwks.json`)
  const jwk = at(body, 'keys', 0) as object
  const key = createPublicKey({ key: jwk as never, format: 'jwk' })
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  const der = key.export({ type: 'spki', format: 'der' })
  const { x, y, kty, crv } = jwk as Record<string, string>
  return [
    pem,
    pem.trim(),
    ` ${pem}`,
    `\n${pem}`,
    der,
    JSON.stringify(jwk),
    JSON.stringify({ kty, crv, x, y }),
    String(x),
  ]
}

/** Every door must refuse it, and say no more than that. */
async function expectRefused(token: string, why: string): Promise<void> {
  for (const door of doorsOf(world)) {
    const reply = await door.me(token)
    expect(reply.status, `${door.name}: ${why}: ${reply.text}`).toBeGreaterThanOrEqual(400)
    expect(reply.status, `${door.name}: ${why}: ${reply.text}`).toBeLessThan(404)
    expect(['bad_jwt', 'no_authorization', 'session_not_found', 'user_not_found'], why).toContain(codeOf(reply))
    expect(reply.text).not.toMatch(/at .*\.(js|ts):\d+|node_modules|select |PRIVATE/)
  }
}

describe('the key decides the algorithm', () => {
  it('S58 an unsigned token is refused however it spells "none"', async () => {
    for (const alg of ['none', 'None', 'nOnE', 'NONE', '', ' none'])
      for (const kid of [mine.header['kid'], undefined])
        for (const signature of ['', 'AA', Buffer.alloc(64).toString('base64url')])
          await expectRefused(
            forge({ typ: 'JWT', alg, kid }, mine.claims, () => signature),
            `${alg} ${signature}`,
          )
  })

  it('S58 the public key is no shared secret', async () => {
    for (const text of await publicKeyTexts())
      for (const header of [
        { ...mine.header, alg: 'HS256' },
        { typ: 'JWT', alg: 'HS256' },
      ])
        await expectRefused(forge(header, mine.claims, hs256(text)), `HS256 keyed with ${String(text).slice(0, 30)}`)
    for (const empty of ['', '\0', 'null', 'undefined', 'secret'])
      await expectRefused(forge({ typ: 'JWT', alg: 'HS256' }, mine.claims, hs256(empty)), `HS256 keyed with "${empty}"`)
  })

  it('S58 another algorithm, a short key and a hollow signature are refused', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const stranger = strangerKeys().privateKey
    await expectRefused(forge({ ...mine.header, alg: 'RS256' }, mine.claims, rs256(short)), 'RS256, 1,024 bits')
    await expectRefused(forge(mine.header, mine.claims, es256(stranger)), 'a stranger’s key under our kid')
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(64), Buffer.alloc(64, 255), Buffer.alloc(63), Buffer.alloc(1)])
      await expectRefused(
        forge(mine.header, mine.claims, () => bytes),
        `signature of ${bytes.length} bytes`,
      )
    for (const alg of ['ES384', 'ES512', 'PS256', 'EdDSA', 'HS384', 'es256'])
      await expectRefused(sign({ ...mine.header, alg }, mine.claims), alg)
  })

  it('S58 where a shared secret exists, a token that names a key is not checked with it', async () => {
    const secret = 'q8Zr3LxV0nTbY6wKdGm2Pf9JsHcUa5Ei'
    const other = await startWorld({ config: { secrets: { jwtSecret: secret } } })
    try {
      const someone = await signedInAt(other, doorNamed('supabase', other))
      const { header, claims } = read(someone.access)
      const door = doorNamed('supabase', other)
      expect(verdict(await door.me(forge({ ...header, alg: 'HS256' }, claims, hs256(secret))))).toBe('403 bad_jwt')
      expect((await door.me(forge({ typ: 'JWT', alg: 'HS256' }, claims, hs256(secret)))).status).toBe(200)
      for (const wrong of ['', `${secret} `, secret.slice(1)])
        expect(verdict(await door.me(forge({ typ: 'JWT', alg: 'HS256' }, claims, hs256(wrong))))).toBe('403 bad_jwt')
    } finally {
      await other.close()
    }
  })
})

describe('headers bring no keys', () => {
  it('S59 a key that comes along is never used, and nobody is called', async () => {
    const { publicKey, privateKey } = strangerKeys()
    const jwk = publicKey.export({ format: 'jwk' })
    const brought: Claims[] = [
      { jwk },
      { jwk, kid: undefined },
      { jku: `${baitUrl}/jwks` },
      { x5u: `${baitUrl}/cert` },
      { x5c: ['MIIB'] },
      { kid: `${baitUrl}/k` },
      { jwk, jku: `${baitUrl}/jwks`, kid: randomUUID() },
    ]
    for (const more of brought)
      await expectRefused(forge({ ...mine.header, ...more }, mine.claims, es256(privateKey)), JSON.stringify(more))
    expect(bitten).toEqual([])
  })

  it('S59 extensions nobody here knows are refused, also on a genuine token', async () => {
    for (const more of [
      { crit: ['exp'] },
      { crit: [] },
      { b64: false, crit: ['b64'] },
      { b64: false },
      { zip: 'DEF' },
      { crit: 'b64' },
    ])
      await expectRefused(sign({ ...mine.header, ...more }, mine.claims), JSON.stringify(more))
  })

  it('S59 a strange kid finds no key, no file and no table', async () => {
    const kids = [
      '../../dev/null',
      "' OR 1=1--",
      '__proto__',
      'constructor',
      'toString',
      'k'.repeat(8_000),
      7,
      null,
      {},
      ['a'],
      '',
      ' ',
      '\u0000',
      '%00',
    ]
    for (const kid of kids) {
      await expectRefused(sign({ ...mine.header, kid }, mine.claims), `kid ${String(kid).slice(0, 20)}`)
      await expectRefused(
        forge({ typ: 'JWT', alg: 'HS256', kid }, mine.claims, hs256('')),
        `HS256 ${String(kid).slice(0, 20)}`,
      )
    }
    await expectRefused(sign({ typ: 'JWT', alg: 'ES256' }, mine.claims), 'no kid')
  })
})

describe('every claim is checked', () => {
  const now = () => Math.floor(Date.now() / 1000)

  it('S60 a genuine signature does not excuse a wrong, missing or odd claim', async () => {
    const wrong: Claims[] = [
      ...[undefined, null, 'https://evil.test', '', [String(mine.claims['iss'])], `${String(mine.claims['iss'])}/`].map(
        (iss) => ({ iss }),
      ),
      ...[undefined, null, 'anon', '', [], ['authenticated', 'x'], ['authenticated'], {}].map((aud) => ({ aud })),
      ...[undefined, null, String(now() + 900), now() + 900.5, -1, 0, 10 ** 30, [], true].map((exp) => ({ exp })),
      ...[undefined, null, '', 'x', randomUUID(), 7, [me.userId], `${me.userId} `].map((sub) => ({ sub })),
      ...[undefined, null, '', 'x', randomUUID(), 7, [me.sessionId]].map((session_id) => ({ session_id })),
      ...[undefined, null, '1', 1.5].map((iat) => ({ iat })),
      { nbf: now() + 3_600 },
      { exp: now() - 60 },
    ]
    for (const change of wrong) {
      const claims = Object.fromEntries(
        Object.entries({ ...mine.claims, ...change }).filter(([, value]) => value !== undefined),
      )
      await expectRefused(sign(mine.header, claims), JSON.stringify(change) + Object.keys(change).join())
    }
  })

  it('S60 a session of another user is nobody’s', async () => {
    const other = await signedInAt(world, doorNamed('native', world))
    await expectRefused(sign(mine.header, { ...mine.claims, session_id: other.sessionId }), 'foreign session')
    await expectRefused(sign(mine.header, { ...mine.claims, sub: other.userId }), 'foreign user')
    expect((await doorNamed('native', world).me(other.access)).status).toBe(200)
  })

  it('S60 clocks may differ by the skew and by no more', async () => {
    const almost = sign(mine.header, { ...mine.claims, exp: now() - 20 })
    expect((await doorNamed('native', world).me(almost)).status).toBe(200)
    await expectRefused(sign(mine.header, { ...mine.claims, exp: now() - 40 }), 'expired 40 s ago')
    expect((await doorNamed('native', world).me(sign(mine.header, { ...mine.claims, nbf: now() + 20 }))).status).toBe(
      200,
    )
    await expectRefused(sign(mine.header, { ...mine.claims, nbf: now() + 40 }), 'from in 40 s')
  })

  it('S60 payloads that are no claims are refused', async () => {
    for (const text of [
      'null',
      '[]',
      '"x"',
      '1',
      '',
      '{',
      '{}',
      '{"sub":1,"sub":2}',
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    ])
      await expectRefused(sign(mine.header, text), text.slice(0, 20))
  })
})

describe('one kind of token, one use', () => {
  it('S61 nothing but an access token is an access token', async () => {
    const door = doorNamed('native', world)
    const person = await aPerson(world)
    const begun = await door.requestCode(person.email, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
    const mail = await world.inbox.waitFor(person.email, 'sign_in')
    const things = {
      attempt: textAt(begun.body, 'attempt', 'token'),
      code: mail.code ?? '',
      link: new URL(mail.link ?? '').searchParams.get('token') ?? '',
      refresh: me.refresh,
      publishable: world.publishableKey,
      secret: world.secretKey,
    }
    for (const [what, token] of Object.entries(things)) await expectRefused(token, what)
    for (const typ of ['at+jwt', 'refresh', 'id', 'jwt+x', 7])
      await expectRefused(sign({ ...mine.header, typ }, mine.claims), `typ ${String(typ)}`)
    for (const change of [
      { aud: 'flow' },
      { aud: world.url },
      { iss: 'https://accounts.google.com' },
      { session_id: undefined, nonce: 'x' },
    ])
      await expectRefused(sign(mine.header, { ...mine.claims, ...change }), JSON.stringify(change))
  })

  it('S61 an access token is nothing else', async () => {
    for (const door of doorsOf(world)) {
      expect((await door.refresh(me.access)).status).toBe(400)
      expect((await door.exchange(me.access, 'v'.repeat(43))).status).toBeGreaterThanOrEqual(400)
      expect((await door.admin('/users', { bearer: me.access })).status).toBeGreaterThanOrEqual(401)
      expect((await door.signIn(me.email, me.access)).status).toBe(400)
    }
    const native = doorNamed('native', world)
    expect(verdict(await native.call('/attempts/answer', { json: { attempt: me.access, code: '123456' } }))).toMatch(
      /^4(00|10) /,
    )
    expect(verdict(await native.call('/links', { json: { token: me.access } }))).toMatch(/^40[03] /)
    const supabase = doorNamed('supabase', world)
    const hash = await supabase.call('/verify', { json: { type: 'signup', token_hash: me.access } })
    expect(verdict(hash)).toBe('403 otp_expired')
  })
})

describe('garbage is cheap', () => {
  const garbage: readonly (readonly string[])[] = [
    ['Authorization: '],
    ['Authorization: Bearer'],
    ['Authorization: Bearer '],
    ['Authorization: Bearer  '],
    ['Authorization: Basic YTpi'],
    ['Authorization: Token x'],
    ['Authorization:\tBearer\tx'],
    [`Authorization: Bearer ${'.'.repeat(15_000)}`],
    ['Authorization: Bearer a.b'],
    ['Authorization: Bearer a.b.c.d.e'],
    ['Authorization: Bearer !!!.???.***'],
    ['Authorization: Bearer =.=.='],
    ['Authorization: Bearer \xff\xfe.\xff.\xff'],
    ['Authorization: Bearer eyJhbGciOiJFUzI1NiIsImFsZyI6Im5vbmUifQ.e30.AA'],
    [`Authorization: Bearer ${Buffer.from(`${'['.repeat(5_000)}`).toString('base64url')}.e30.AA`],
    ['Authorization: Bearer x', 'Authorization: Bearer y'],
    ['Authorization: Bearer x, Bearer y'],
    ['Authorization: bEaReR x'],
    ['Authorization: null'],
    ['Authorization: undefined'],
  ]

  it.each(['/v1/me', '/auth/v1/user'])('S65 is refused at %s, never with a fault', async (path) => {
    for (const lines of garbage) {
      const text = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('\r\n')}\r\n\r\n`
      const answer = await raw(world.url, Buffer.from(text, 'latin1'))
      expect(answer.status, `${lines.join(' | ').slice(0, 60)}: ${answer.all.slice(0, 300)}`).toBeGreaterThanOrEqual(
        400,
      )
      expect([400, 401, 403, 431], lines.join(' | ').slice(0, 60)).toContain(answer.status)
    }
  })

  it('S65 two good tokens are as bad as none, and the scheme’s case does not matter', async () => {
    const twice = requestText('GET', '/v1/me', {
      Authorization: `Bearer ${me.access}\r\nAuthorization: Bearer ${me.access}`,
      Connection: 'close',
    })
    expect((await raw(world.url, twice)).status).toBe(401)
    for (const scheme of ['bearer', 'BEARER', 'bEARER']) {
      const reply = await send(`${world.url}/auth/v1/user`, { headers: { authorization: `${scheme} ${me.access}` } })
      expect(reply.status, scheme).toBe(200)
    }
  })

  it('S65 a public door does not mind a useless bearer', async () => {
    for (const door of doorsOf(world)) {
      const reply = await door.signIn(me.email, goodPassword, { headers: { authorization: 'Bearer nonsense' } })
      expect(door.isSession(reply), reply.text).toBe(true)
    }
  })
})
