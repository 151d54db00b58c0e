import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import type { AccessClaims } from '#src/core/tokens/claims.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

const minute = 60
const badJwt = { code: 'bad_jwt' }
const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

describe.each(stores)('signing keys on the %s store', (kind) => {
  const world: { rooms?: Rooms } = {}
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  const other = (): Core => rooms().other
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
  })
  afterAll(() => world.rooms?.close())
  beforeEach(async () => {
    await rooms().database.script('delete from auth.signing_keys')
    rooms().clock.move(minute)
  })

  const claims = (change: Record<string, unknown> = {}): AccessClaims => {
    const now = Math.floor(rooms().now().getTime() / 1000)
    const { issuer, audience, accessSeconds } = core().settings.tokens
    return {
      iss: issuer,
      sub: '01900000-0000-7000-8000-000000000001',
      aud: audience,
      exp: now + accessSeconds,
      iat: now,
      session_id: '01900000-0000-7000-8000-000000000002',
      role: 'authenticated',
      aal: 'aal1',
      amr: [],
      email: '',
      phone: '',
      is_anonymous: false,
      app_metadata: {},
      user_metadata: {},
      ...change,
    }
  }
  const kidOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')).kid
  const shown = async (on: Core) => (await on.signingKeys.jwks()).keys.map(({ kid }) => kid)

  it('are shown by their public parts alone (S62)', async () => {
    await core().signingKeys.rotate('RS256')
    const { keys } = await core().signingKeys.jwks()
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([
      ['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y'],
      ['alg', 'e', 'key_ops', 'kid', 'kty', 'n', 'use'],
    ])
  })

  it('are published before they sign and kept until their last token is out (S62)', async () => {
    const first = await core().accessTokens.sign(claims())
    const next = await core().signingKeys.rotate()
    expect(next.state).toBe('next')
    rooms().clock.move(6)
    expect(await shown(core())).toEqual([kidOf(first), next.kid].sort((a) => (a === kidOf(first) ? -1 : 1)))
    expect(await shown(other())).toEqual(expect.arrayContaining([kidOf(first), next.kid]))
    rooms().clock.move(9 * minute)
    const late = await other().accessTokens.sign(claims())
    expect(kidOf(late)).toBe(kidOf(first))
    rooms().clock.move(minute)
    for (const on of [core(), other()]) expect(kidOf(await on.accessTokens.sign(claims()))).toBe(next.kid)
    expect((await core().signingKeys.list()).map(({ kid, state }) => [kid, state])).toEqual([
      [next.kid, 'active'],
      [kidOf(first), 'retiring'],
    ])
    rooms().clock.move(58 * minute)
    expect(await other().accessTokens.verify(late)).toMatchObject({ role: 'authenticated' })
    rooms().clock.move(3 * minute)
    expect(await shown(core())).toEqual([next.kid])
    expect((await core().signingKeys.list())[1]?.state).toBe('retired')
    await expect(core().accessTokens.verify(late)).rejects.toMatchObject(badJwt)
  })

  it('are exchanged under load without one failure at a verifier that keeps the key set for ten minutes (S62)', async () => {
    const { issuer, audience } = core().settings.tokens
    const cache = { at: Number.NEGATIVE_INFINITY, keys: createLocalJWKSet({ keys: [] }) }
    const verifyElsewhere = async (token: string) => {
      const now = rooms().now()
      if (now.getTime() - cache.at >= 10 * minute * 1000) {
        cache.keys = createLocalJWKSet(await other().signingKeys.jwks())
        cache.at = now.getTime()
      }
      await jwtVerify(token, cache.keys, { issuer, audience, currentDate: now })
    }
    const living: string[] = []
    const kids = new Set<string>()
    for (const step of Array.from({ length: 100 }, (_, index) => index)) {
      if (step === 7 || step === 40) await (step === 7 ? core() : other()).signingKeys.rotate()
      const token = await (step % 2 === 0 ? core() : other()).accessTokens.sign(claims())
      kids.add(kidOf(token))
      living.push(token)
      if (living.length > 35) living.shift()
      for (const each of [living[0], token]) {
        await verifyElsewhere(each ?? '')
        await core().accessTokens.verify(each ?? '')
        await other().accessTokens.verify(each ?? '')
      }
      rooms().clock.move(100)
    }
    expect(kids.size).toBe(3)
  })

  it('that are revoked fail at once where that was done and within five seconds elsewhere, and others sign (S62)', async () => {
    const token = await core().accessTokens.sign(claims())
    expect(await other().accessTokens.verify(token)).toBeDefined()
    expect(await core().signingKeys.revoke(kidOf(token))).toBe(true)
    expect(await core().signingKeys.revoke(kidOf(token))).toBe(false)
    await expect(core().accessTokens.verify(token)).rejects.toMatchObject(badJwt)
    const fresh = await core().accessTokens.sign(claims())
    expect(kidOf(fresh)).not.toBe(kidOf(token))
    expect(await shown(core())).toEqual([kidOf(fresh)])
    rooms().clock.move(6)
    await expect(other().accessTokens.verify(token)).rejects.toMatchObject(badJwt)
    expect(await other().accessTokens.verify(fresh)).toBeDefined()
    expect(kidOf(await other().accessTokens.sign(claims()))).toBe(kidOf(fresh))
  })

  it('go on signing when the one that was to follow is revoked', async () => {
    const before = await core().accessTokens.sign(claims())
    const next = await core().signingKeys.rotate()
    await core().signingKeys.revoke(next.kid)
    for (const _ of Array.from({ length: 8 })) {
      rooms().clock.move(30 * minute)
      expect(kidOf(await core().accessTokens.sign(claims()))).toBe(kidOf(before))
    }
    expect((await core().signingKeys.list()).find(({ kid }) => kid === kidOf(before))).toMatchObject({
      state: 'active',
      retiresAt: null,
    })
  })

  it('of two processes that start at the same moment verify for each other', async () => {
    const tokens = await Promise.all([core(), other()].map((on) => on.accessTokens.sign(claims())))
    rooms().clock.move(6)
    for (const on of [core(), other()])
      for (const token of tokens) expect(await on.accessTokens.verify(token)).toBeDefined()
    expect(kidOf(await core().accessTokens.sign(claims()))).toBe(kidOf(await other().accessTokens.sign(claims())))
  })

  describe('and forged tokens', () => {
    const genuine = async () => {
      const token = await core().accessTokens.sign(claims())
      const [head = '', body = '', signature = ''] = token.split('.')
      const { keys } = await core().signingKeys.jwks()
      const [jwk] = keys
      if (jwk === undefined) throw new Error('no key is shown')
      return { token, head, body, signature, kid: kidOf(token), jwk }
    }
    const refused = async (token: string, what: string) =>
      expect(core().accessTokens.verify(token), what).rejects.toMatchObject(badJwt)

    it('cannot choose their algorithm (S58)', async () => {
      const { kid, body, signature, jwk } = await genuine()
      for (const alg of ['none', 'None', 'nOnE', 'NONE', '', 'HS256', 'ES384', 'es256', 'RS256', 'PS256'])
        for (const end of ['', signature]) await refused(`${base64url({ alg, typ: 'JWT', kid })}.${body}.${end}`, alg)
      const key = createPublicKey({ key: jwk as never, format: 'jwk' })
      const pem = key.export({ type: 'spki', format: 'pem' }).toString()
      const secrets = [
        pem,
        pem.trim(),
        ` ${pem}`,
        `\n${pem}`,
        key.export({ type: 'spki', format: 'der' }),
        JSON.stringify(jwk),
        JSON.stringify(key.export({ format: 'jwk' })),
        '\u0000',
        '',
      ]
      for (const secret of secrets)
        for (const header of [
          { alg: 'HS256', typ: 'JWT', kid },
          { alg: 'HS256', typ: 'JWT' },
          { alg: 'ES256', typ: 'JWT', kid },
        ]) {
          const input = `${base64url(header)}.${body}`
          await refused(
            `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`,
            'HMAC with a public key',
          )
        }
    })

    it('cannot do without a whole signature of the right shape (S58)', async () => {
      const { head, body, signature, token } = await genuine()
      const bytes = Buffer.from(signature, 'base64url')
      const flipped = Buffer.from(bytes)
      flipped[10] = (flipped[10] ?? 0) ^ 1
      for (const bad of [
        Buffer.alloc(64),
        Buffer.alloc(0),
        bytes.subarray(0, 63),
        Buffer.concat([bytes, Buffer.alloc(1)]),
        flipped,
        Buffer.alloc(64, 255),
      ])
        await refused(`${head}.${body}.${bad.toString('base64url')}`, 'signature')
      const changed = base64url({ ...claims(), role: 'service_role' })
      for (const text of [
        `${head}.${changed}.${signature}`,
        `${head}.${body}`,
        `${token}.`,
        `.${token}`,
        `${token}.x`,
        '',
        '.',
        '..',
        'x',
        '.'.repeat(15_000),
      ])
        await refused(text, text.slice(0, 40))
    })

    it('cannot bring or choose their key (S59)', async () => {
      const { kid, body, head } = await genuine()
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const own = pair.publicKey.export({ format: 'jwk' })
      const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 })
      const signed = (header: object, key = pair.privateKey, payload = body) => {
        const input = `${base64url(header)}.${payload}`
        const options = key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key }
        return `${input}.${signBytes('sha256', Buffer.from(input), options).toString('base64url')}`
      }
      const base = { alg: 'ES256', typ: 'JWT' }
      const kids = [
        kid,
        '../../dev/null',
        "' OR 1=1--",
        'http://evil.test/k',
        '__proto__',
        'constructor',
        'k'.repeat(10_000),
        '',
        ' ',
        '*',
        kid.toUpperCase(),
      ]
      for (const each of [...kids, 0, null, true, {}, [kid], undefined])
        await refused(signed({ ...base, kid: each }), `kid ${String(each).slice(0, 20)}`)
      for (const more of [
        { jwk: own },
        { jku: 'http://127.0.0.1:9/jwks' },
        { x5u: 'http://127.0.0.1:9/cert' },
        { x5c: ['MIIB'] },
        { jwk: own, kid },
        { crit: ['exp'] },
        { b64: false, crit: ['b64'] },
        { zip: 'DEF' },
      ])
        await refused(signed({ ...base, kid, ...more }), JSON.stringify(more))
      await refused(signed({ alg: 'RS256', typ: 'JWT', kid }, weak.privateKey), 'a short RSA key')
      await refused(`${head}${base64url('x')}.${body}.`, 'a longer head')
    })

    it('cannot be of another kind or say another thing than they must (S60, S61)', async () => {
      const key = await core().signingKeys.current()
      const signed = (header: object, payload: unknown) => {
        const input = `${base64url(header)}.${base64url(payload)}`
        const bytes = signBytes('sha256', Buffer.from(input), { key: key.signWith, dsaEncoding: 'ieee-p1363' })
        return `${input}.${bytes.toString('base64url')}`
      }
      const head = { alg: 'ES256', typ: 'JWT', kid: key.kid }
      const good = claims()
      const now = good.iat
      const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([each]) => each !== name))
      expect(await core().accessTokens.verify(signed(head, good))).toMatchObject({ sub: good.sub })
      for (const typ of ['at+jwt', 'id_token', 'logout+jwt', '', undefined, 'JWE'])
        await refused(signed({ ...head, typ }, good), `typ ${typ}`)
      for (const name of ['iss', 'aud', 'exp', 'sub', 'session_id', 'iat'])
        await refused(signed(head, without(name)), `no ${name}`)
      const wrong: Record<string, unknown[]> = {
        iss: [`${good.iss}/`, good.iss.toUpperCase(), [good.iss], 'http://evil.test', '', null, 1],
        aud: ['anon', [good.aud], [good.aud, 'x'], '', null, {}],
        exp: [now - 31, String(now + 60), now + 0.5, -1, 1e30, null, '1e30', [now + 60]],
        iat: [String(now), now + 0.5, null],
        nbf: [now + 40, '1'],
        sub: ['', 'x', null, 1, [good.sub], `${good.sub}x`, `${good.sub}' or '1'='1`],
        session_id: ['', 'x', null, [good.session_id]],
      }
      for (const [name, values] of Object.entries(wrong))
        for (const value of values)
          await refused(signed(head, { ...good, [name]: value }), `${name} ${JSON.stringify(value)}`)
      for (const payload of ['', 'null', '[]', '"x"', '1', '{'] as const) {
        const input = `${base64url(head)}.${base64url(payload)}`
        const bytes = signBytes('sha256', Buffer.from(input), { key: key.signWith, dsaEncoding: 'ieee-p1363' })
        await refused(`${input}.${bytes.toString('base64url')}`, payload)
      }
      expect(await core().accessTokens.verify(signed(head, { ...good, exp: now - 25 }))).toBeDefined()
      expect(await core().accessTokens.verify(signed(head, { ...good, nbf: now + 25 }))).toBeDefined()
    })

    it('that were good are refused when they have run out, however often they were seen before', async () => {
      const token = await core().accessTokens.sign(claims())
      await core().accessTokens.verify(token)
      rooms().clock.move(60 * minute + 31)
      await refused(token, 'expired')
      expect(await core().accessTokens.verify(token, { expired: 'accepted' })).toBeDefined()
      await refused(token, 'expired')
    })

    it('are not signed by what the database holds, without the key that is elsewhere (S6)', async () => {
      const { kid } = await genuine()
      const [row] = await rooms().database.query<{ sealed: Uint8Array }>({
        text: 'select private_jwk as sealed from auth.signing_keys where kid = $1',
        values: [kid],
        name: 'sealed_key',
      })
      const sealed = Buffer.from(row?.sealed ?? [])
      expect(() => createPrivateKey({ key: JSON.parse(sealed.toString('utf8')), format: 'jwk' })).toThrow()
      expect(sealed.toString('latin1')).not.toContain('"d"')
    })
  })
})
