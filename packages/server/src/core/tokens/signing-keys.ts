import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { sha256 } from '../../base/digest.ts'
import { later } from '../../base/duration.ts'
import { base64url } from '../../base/encoding.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { json, sql } from '../../storage/sql.ts'
import type { Vault } from '../vault/vault.ts'

export type SigningAlgorithm = 'ES256' | 'RS256' | 'HS256'

/** A key that can sign and verify; the public part is what JWKS shows. */
export interface SigningKey {
  readonly kid: string | undefined
  readonly algorithm: SigningAlgorithm
  readonly signWith: KeyObject
  readonly verifyWith: KeyObject
  readonly publicJwk: JWK | undefined
  readonly signsFrom: Date
  readonly retiresAt: Date | null
}

/** A key without its secret, for listings. */
export interface SigningKeyInfo {
  readonly kid: string
  readonly algorithm: string
  readonly state: 'next' | 'active' | 'retiring' | 'retired' | 'revoked'
  readonly createdAt: Date
  readonly signsFrom: Date
  readonly retiresAt: Date | null
  readonly revokedAt: Date | null
}

/** The keys that sign access tokens: owner of `auth.signing_keys`. */
export interface SigningKeys {
  /** The key that signs now. Makes the first one where there is none. */
  current(): Promise<SigningKey>
  /** The key a token names, if tokens of it are still accepted. Looks in the database at most every two seconds for an unknown one. */
  find(kid: string | undefined, algorithm: string): Promise<SigningKey | undefined>
  /** The public keys (RFC 7517), the next one included. */
  jwks(): Promise<{ keys: JWK[] }>
  list(): Promise<SigningKeyInfo[]>
  /** Publishes a new key, which signs once every verifier has had time to fetch it. */
  rotate(algorithm?: SigningAlgorithm): Promise<SigningKeyInfo>
  /** Its tokens fail from now on, be its secret readable or not; when it was the only one, another takes over at once. One that was to follow leaves the one before it signing. */
  revoke(kid: string): Promise<boolean>
}

/** Which key signs, and for how long the others are still believed. Times in seconds. */
export interface SigningPolicy {
  readonly algorithm: SigningAlgorithm
  /** Seconds a new key is published before it signs. */
  readonly keyLead: number
  readonly accessSeconds: number
  readonly skew: number
  /** Shared secret: signs with HS256, and verifies tokens that name no key. */
  readonly secret?: string | undefined
  /** Private keys from the configuration; the first signs, and no other is made. */
  readonly configured?: readonly JWK[] | undefined
}

interface KeyRow {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly publicJwk: JWK | null
  readonly privateJwk: Uint8Array
  readonly createdAt: Date
  readonly signsFrom: Date
  readonly retiresAt: Date | null
  readonly revokedAt: Date | null
}

/** Other processes see a rotation or revocation after this many milliseconds. */
const freshFor = 5_000
const context = (kid: string) => `signing_keys.private_jwk ${kid}`

/** Keys made here are sealed by the vault; each process keeps them open for a few seconds at a time. */
export function createSigningKeys(
  on: Sql,
  deps: { readonly runtime: Runtime; readonly vault: Vault; readonly policy: SigningPolicy },
): SigningKeys {
  const { runtime, vault, policy } = deps
  const cache: { keys: readonly SigningKey[]; at: number } = { keys: [], at: Number.NEGATIVE_INFINITY }
  const opened = new Map<string, SigningKey>()
  const shared = policy.secret === undefined ? undefined : secretKey(policy.secret)
  const configured = (policy.configured ?? []).map(fromJwk)

  const openRow = (row: KeyRow): SigningKey => {
    const known = opened.get(row.kid)
    if (known !== undefined) return { ...known, signsFrom: row.signsFrom, retiresAt: row.retiresAt }
    const jwk = JSON.parse(vault.open(row.privateJwk, context(row.kid)).toString('utf8')) as JWK
    const key = {
      ...fromJwk({ ...jwk, kid: row.kid, alg: row.algorithm }),
      signsFrom: row.signsFrom,
      retiresAt: row.retiresAt,
    }
    opened.set(row.kid, key)
    return key
  }

  const readRows = (): Promise<KeyRow[]> =>
    on.query<KeyRow>(sql`select kid, algorithm, public_jwk as "publicJwk", private_jwk as "privateJwk",
      created_at as "createdAt", signs_from as "signsFrom", retires_at as "retiresAt", revoked_at as "revokedAt"
      from auth.signing_keys order by signs_from desc, created_at desc`)

  const load = async (maxAge: number): Promise<readonly SigningKey[]> => {
    const now = runtime.now().getTime()
    if (Math.abs(now - cache.at) < maxAge) return cache.keys
    cache.keys = (await readRows())
      .filter((row) => row.revokedAt === null && (row.retiresAt === null || row.retiresAt.getTime() > now))
      .map(openRow)
    cache.at = now
    return cache.keys
  }
  const forget = () => {
    cache.at = Number.NEGATIVE_INFINITY
  }

  const make = async (algorithm: SigningAlgorithm, signsFrom: Date): Promise<KeyRow> => {
    const { privateJwk, publicJwk } = generate(algorithm)
    const kid = base64url(sha256(JSON.stringify(publicJwk))).slice(0, 22)
    const now = runtime.now()
    const retires = later(signsFrom, policy.accessSeconds + policy.skew)
    await on.query(sql`with older as (
        update auth.signing_keys set retires_at = ${retires} where retires_at is null and revoked_at is null returning kid
      )
      insert into auth.signing_keys (kid, algorithm, public_jwk, private_jwk, created_at, signs_from)
      select ${kid}, ${algorithm}, ${json(publicJwk)}::jsonb, ${vault.seal(JSON.stringify(privateJwk), context(kid))}::bytea, ${now}::timestamptz, ${signsFrom}::timestamptz
      from (select count(*) from older) as first`)
    forget()
    return {
      kid,
      algorithm,
      publicJwk,
      privateJwk: new Uint8Array(),
      createdAt: now,
      signsFrom,
      retiresAt: null,
      revokedAt: null,
    }
  }

  /** A key that never signed was revoked: the one before it goes on until the one after it takes over, if there is one. */
  const closeGap = async (now: Date): Promise<void> => {
    await on.query(sql`update auth.signing_keys k
      set retires_at = follows.signs_from + make_interval(secs => ${policy.accessSeconds + policy.skew}::int)
      from (select kid, lead(signs_from) over (order by signs_from, created_at) as signs_from
        from auth.signing_keys where revoked_at is null) follows
      where follows.kid = k.kid and (k.retires_at is null or k.retires_at > ${now})`)
  }

  const fixed = (): SigningKey | undefined => (policy.algorithm === 'HS256' ? (shared ?? configured[0]) : configured[0])

  const current = async (): Promise<SigningKey> => {
    const static_ = fixed()
    if (static_ !== undefined) return static_
    const now = runtime.now()
    const usable = (keys: readonly SigningKey[]) => keys.find((key) => key.signsFrom <= now)
    const known = usable(await load(freshFor))
    if (known !== undefined) return known
    await make(policy.algorithm, now)
    const made = usable(await load(0))
    if (made === undefined) throw new Error('a signing key was made and not found')
    return made
  }

  return {
    current,
    async find(kid, algorithm) {
      const fits = (key: SigningKey) => key.kid === kid && key.algorithm === algorithm
      if (kid === undefined) return algorithm === 'HS256' ? shared : configured.find(fits)
      const known = configured.find(fits) ?? (await load(freshFor)).find(fits)
      return known ?? (await load(2_000)).find(fits)
    },
    async jwks() {
      const keys =
        configured.length > 0
          ? configured
          : policy.algorithm === 'HS256'
            ? []
            : [await current(), ...(await load(freshFor))]
      const shown = new Map(
        keys.flatMap((key) => (key.publicJwk === undefined ? [] : [[key.kid, key.publicJwk] as const])),
      )
      return { keys: [...shown.values()] }
    },
    async list() {
      const rows = await readRows()
      return rows.map((row) => info(row, rows, runtime.now()))
    },
    async rotate(algorithm) {
      const now = runtime.now()
      const row = await make(algorithm ?? policy.algorithm, later(now, policy.keyLead))
      return info(row, [row], now)
    },
    async revoke(kid) {
      const now = runtime.now()
      const [revoked] = await on.query<Pick<KeyRow, 'signsFrom'>>(
        sql`update auth.signing_keys set revoked_at = ${now} where kid = ${kid} and revoked_at is null returning signs_from as "signsFrom"`,
      )
      if (revoked !== undefined && revoked.signsFrom > now) await closeGap(now)
      forget()
      if (revoked === undefined) return false
      // Nothing is opened here: keys whose encryption key is lost can be revoked, too.
      const signs = (row: KeyRow) => row.revokedAt === null && row.signsFrom <= now && row.retiresAt === null
      if (fixed() === undefined && !(await readRows()).some(signs)) await make(policy.algorithm, now)
      return true
    },
  }
}

function info(row: KeyRow, rows: readonly KeyRow[], now: Date): SigningKeyInfo {
  const { kid, algorithm, createdAt, signsFrom, retiresAt, revokedAt } = row
  const active = rows.find((each) => each.revokedAt === null && each.signsFrom <= now)
  const state = () => {
    if (revokedAt !== null) return 'revoked'
    if (signsFrom > now) return 'next'
    if (retiresAt !== null && retiresAt <= now) return 'retired'
    return active?.kid === kid ? 'active' : 'retiring'
  }
  return { kid, algorithm, state: state(), createdAt, signsFrom, retiresAt, revokedAt }
}

function generate(algorithm: SigningAlgorithm): { privateJwk: JWK; publicJwk: JWK } {
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    privateJwk: pair.privateKey.export({ format: 'jwk' }) as JWK,
    publicJwk: pair.publicKey.export({ format: 'jwk' }) as JWK,
  }
}

const always = new Date(0)

function secretKey(text: string): SigningKey {
  const key = createSecretKey(Buffer.from(text, 'utf8'))
  return {
    kid: undefined,
    algorithm: 'HS256',
    signWith: key,
    verifyWith: key,
    publicJwk: undefined,
    signsFrom: always,
    retiresAt: null,
  }
}

/** A private JWK as a key pair. Shows exactly the public members (RFC 7518 §6); a shared secret shows nothing. */
function fromJwk(jwk: JWK): SigningKey {
  if (jwk.kty === 'oct') {
    const key = createSecretKey(Buffer.from(jwk.k ?? '', 'base64url'))
    return {
      kid: jwk.kid,
      algorithm: 'HS256',
      signWith: key,
      verifyWith: key,
      publicJwk: undefined,
      signsFrom: always,
      retiresAt: null,
    }
  }
  const algorithm: SigningAlgorithm = jwk.kty === 'RSA' ? 'RS256' : 'ES256'
  const signWith = createPrivateKey({ key: jwk as never, format: 'jwk' })
  const verifyWith = createPublicKey(signWith)
  const kid = jwk.kid ?? base64url(sha256(JSON.stringify(verifyWith.export({ format: 'jwk' })))).slice(0, 22)
  const publicJwk: JWK = {
    ...(verifyWith.export({ format: 'jwk' }) as JWK),
    kid,
    alg: algorithm,
    use: 'sig',
    key_ops: ['verify'],
  }
  return { kid, algorithm, signWith, verifyWith, publicJwk, signsFrom: always, retiresAt: null }
}
