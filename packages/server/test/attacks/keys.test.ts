import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { loadConfig } from '#src/config.ts'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed, doorsOf } from './wire/doors.ts'
import { statement } from './wire/dump.ts'
import { read } from './wire/forge.ts'
import { aPerson, signedInAt } from './wire/people.ts'
import { at, send, verdict } from './wire/send.ts'

describe('public keys', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  const jwks = async () =>
    (await send(`${world.url}/.well-known/jwks.json`)).body as { keys: Record<string, unknown>[] }

  it('S62 JWKS shows public parts alone, and may be cached for ten minutes', async () => {
    for (const path of ['/.well-known/jwks.json', '/auth/v1/.well-known/jwks.json']) {
      const reply = await send(world.url + path)
      expect(reply.status, path).toBe(200)
      const age = Number(/max-age=(\d+)/.exec(reply.headers.get('cache-control') ?? '')?.[1])
      expect(age, path).toBeLessThanOrEqual(600)
      const keys = at(reply.body, 'keys') as Record<string, unknown>[]
      expect(keys.length).toBeGreaterThan(0)
      const shown = new Set(keys.flatMap((key) => Object.keys(key)))
      expect([...shown].sort()).toEqual(['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y'])
      for (const key of keys) expect(key).toMatchObject({ alg: 'ES256', use: 'sig', key_ops: ['verify'] })
    }
  })

  it('S62 a verifier that caches keys for their full lifetime never meets one it does not know', async () => {
    const door = doorNamed('native', world)
    const person = await aPerson(world)
    const first = door.held(await door.signIn(person.email, person.password))
    const seen = new Set<string>([String(read(first.access).header['kid'])])
    let cached = { set: createLocalJWKSet((await jwks()) as never), age: 0 }
    await world.core.signingKeys.rotate()
    for (let minute = 0; minute < 30; minute += 2) {
      if (cached.age >= 600) cached = { set: createLocalJWKSet((await jwks()) as never), age: 0 }
      const held = door.held(await door.signIn(person.email, person.password))
      seen.add(String(read(held.access).header['kid']))
      const currentDate = world.core.runtime.now()
      await expect(jwtVerify(held.access, cached.set, { currentDate, clockTolerance: 30 })).resolves.toBeDefined()
      await expect(jwtVerify(first.access, cached.set, { currentDate, clockTolerance: 30 })).resolves.toBeDefined()
      expect((await door.me(first.access)).status).toBe(200)
      world.clock.move(120)
      cached.age += 120
    }
    expect(seen.size).toBe(2)
  })

  it('S62 a revoked key’s tokens fail at once, wherever they were seen before', async () => {
    const door = doorNamed('native', world)
    const me = await signedInAt(world, door)
    for (const each of doorsOf(world)) expect((await each.me(me.access)).status).toBe(200)
    const kid = String(read(me.access).header['kid'])
    await world.core.signingKeys.revoke(kid)
    for (const each of doorsOf(world)) expect(verdict(await each.me(me.access))).toMatch(/^40[13] bad_jwt$/)
    expect((await jwks()).keys.map((key) => key['kid'])).not.toContain(kid)
    const renewed = door.held(await door.refresh(me.refresh))
    expect(read(renewed.access).header['kid']).not.toBe(kid)
    expect((await door.me(renewed.access)).status).toBe(200)
  })

  it('S62 private keys are stored sealed', async () => {
    const rows = await world.database.query<{ key: Buffer }>(
      statement('select private_jwk as key from auth.signing_keys'),
    )
    for (const { key } of rows) expect(Buffer.from(key).toString('latin1')).not.toMatch(/"d"|kty|crv/)
  })
})

describe('weak secrets', () => {
  const production: ConfigInput = {
    environment: 'production',
    publicUrl: 'https://auth.example.test',
    database: { url: 'postgres://u:p@db.example.test/w' },
    secrets: {
      encryptionKey: 'k1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=',
      publishableKey: 'wwp_Ak3vQ8mN1xR5tY7uB2cD4eF6gH9jKlMnPqStVwXyZ02',
      secretKey: 'wws_Zk3vQ8mN1xR5tY7uB2cD4eF6gH9jKlMnPqStVwXyZ01',
    },
  }
  const load = (secrets: object, more: ConfigInput = {}) =>
    loadConfig({
      cwd: '/tmp',
      input: { ...production, ...more, secrets: { ...production.secrets, ...secrets } } as ConfigInput,
    })

  it('S63 a sound production configuration starts', async () => {
    await expect(load({})).resolves.toMatchObject({ settings: { environment: 'production' } })
  })

  it('S63 an empty, short, sample or monotonous secret stops the start, named but not shown', async () => {
    const weak = [
      '',
      'short',
      '0123456789abcdef',
      'super-secret-jwt-token-with-at-least-32-characters-long',
      'your-super-secret-jwt-token-with-at-least-32-characters-long',
      'a'.repeat(64),
      '0'.repeat(43),
      'changemechangemechangemechangeme',
      'secretsecretsecretsecretsecretsecret',
    ]
    for (const value of weak)
      for (const [setting, name] of [
        ['jwtSecret', /jwtSecret|JWT_SECRET/],
        ['secretKey', /secretKey|SECRET_KEY/],
      ] as const) {
        const error: unknown = await load({ [setting]: value }, { tokens: { algorithm: 'HS256' } }).then(
          () => undefined,
          (cause: unknown) => cause,
        )
        expect(error, `${setting} ${value}`).toBeInstanceOf(Error)
        const message = (error as Error).message
        expect(message).toMatch(name)
        if (value.length > 5) expect(message).not.toContain(value)
      }
  })

  it('S63 production starts with no secret of its own making', async () => {
    for (const setting of ['encryptionKey', 'publishableKey', 'secretKey'])
      await expect(load({ [setting]: undefined }), setting).rejects.toThrow(
        new RegExp(
          setting.replace(/[A-Z]/g, (letter) => `_${letter}`),
          'i',
        ),
      )
    await expect(load({}, { tokens: { algorithm: 'HS256' } })).rejects.toThrow(/jwtSecret|JWT_SECRET/)
  })

  it('S58 S63 a key too short for its algorithm does not sign', async () => {
    const jwk = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' })
    await expect(
      load({ jwtKeys: [{ ...jwk, alg: 'RS256', kid: 'a' }] }, { tokens: { algorithm: 'RS256' } }),
    ).rejects.toThrow(/jwtKeys|JWT_KEYS/)
  })
})

describe('little inside', () => {
  it('S64 declared claims replace no reserved one', async () => {
    const reserved = [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'nbf',
      'role',
      'aal',
      'amr',
      'session_id',
      'is_anonymous',
      'email',
    ]
    const claims = Object.fromEntries(reserved.map((name) => [name, { value: 'forged' }]))
    const loaded = await startWorld({ config: { tokens: { claims: { ...claims, team: { value: 'blue' } } } } }).then(
      (started) => ({ started }),
      (error: unknown) => ({ error }),
    )
    // Refusing such a setting at the start is as good as ignoring it.
    if ('error' in loaded) {
      expect(String(loaded.error)).toMatch(/claims/)
      return
    }
    const { started } = loaded
    try {
      const me = await signedInAt(started, doorNamed('native', started))
      const token = read(me.access).claims
      for (const name of reserved) expect(token[name], name).not.toBe('forged')
      expect(token['team']).toBe('blue')
    } finally {
      await started.close()
    }
  })

  it('S64 the largest metadata does not swell the token, and no secret is in it', async () => {
    const world = await startWorld()
    try {
      for (const door of doorsOf(world)) {
        const me = await signedInAt(world, door)
        const big = { note: 'x'.repeat(60_000), deep: { a: { b: { c: 1 } } } }
        expect((await door.updateMetadata(me.access, big)).status).toBe(200)
        const held = door.held(await door.refresh(me.refresh))
        expect(held.access.length).toBeLessThan(8_192)
        expect((await door.me(held.access)).status).toBe(200)
        const text = JSON.stringify(read(held.access).claims)
        expect(text).not.toMatch(/argon2|\$2[aby]\$|password_?hash|digest|secret/i)
        expect(text).not.toContain(held.refresh)
        expect((await door.updateMetadata(me.access, { more: 'x'.repeat(60_000) })).status).toBeGreaterThanOrEqual(400)
      }
    } finally {
      await world.close()
    }
  })
})
