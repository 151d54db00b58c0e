import type { Session, User } from '../api/types.ts'
import { isObject, readJson } from '../base/encoding.ts'
import { chain, type Maybe } from '../base/maybe.ts'
import type { Runtime } from '../base/runtime.ts'
import type { SessionStorage } from '../session/session-storage.ts'
import type { Stored } from '../session/stored.ts'
import { toVerifiedToken } from '../verify/verified-token.ts'
import type { CookieJar } from './cookie-jar.ts'

/** Names of the cookies on the app's origin: the same two as in cookie mode, and what a redirect or an attempt needs. */
export const cookieNames = {
  access: '__Host-watchword-access',
  refresh: '__Host-watchword-refresh',
  flows: '__Host-watchword-flow',
  attempt: '__Host-watchword-attempt',
} as const

/** A session in the cookies of one request. */
export interface CookieSession extends SessionStorage {
  /** Takes all cookies away. */
  clear(): Promise<void>
}

/** Browsers keep 4,096 bytes of name and value. */
const longest = 4_000
/** Seconds that a browser may keep them: the server's own limits end a session, not this. */
const keptFor = 400 * 86_400
/** Seconds that a mailed link may lie unread, which is as long as what goes along with it is worth keeping. */
const flowsKeptFor = 86_400
/** Seconds that an attempt is kept: whoever comes later has no code that still works, and begins anew. */
const attemptKeptFor = 600
/** A refused renewal takes cookies away only where their token has been dead for so long that no other request renews it. */
const deadSeconds = 60

export function createCookieSession({
  runtime,
  jar,
  key,
  httpOnly,
}: {
  readonly runtime: Runtime
  readonly jar: CookieJar
  readonly key: string
  readonly httpOnly: boolean
}): CookieSession {
  /** What belongs to this request alone, and what was changed in it. */
  const own = new Map<string, string | null>()
  const seconds = () => Math.floor(runtime.now() / 1000)

  const write = async (name: string, value: string, maxAge: number) => {
    try {
      await jar.set(name, value, { path: '/', secure: true, sameSite: 'lax', httpOnly, maxAge })
      jar.noStore?.()
    } catch {
      // The answer has begun already; what was renewed serves this request.
    }
  }
  const writeTokens = (text: string) => {
    const { tokens } = JSON.parse(text) as Stored
    if (tokens === null || tokens.refreshToken === null || tokens.accessToken.length > longest) return Promise.resolve()
    const { accessToken, refreshToken } = tokens
    return write(cookieNames.refresh, refreshToken, keptFor).then(() => write(cookieNames.access, accessToken, keptFor))
  }
  const otherName = (name: string) => (name === `${key}:flows` ? cookieNames.flows : cookieNames.attempt)
  const isKept = (name: string) => name === `${key}:flows` || name === `${key}:attempt`

  const readTokens = (): Maybe<string | null> =>
    chain(jar.get(cookieNames.access), (access) =>
      chain(jar.get(cookieNames.refresh), (refresh) => {
        const stored = storedOf(access, refresh)
        return stored === null ? null : JSON.stringify(stored)
      }),
    )

  return {
    get(name) {
      const known = own.get(name)
      if (known !== undefined) return known
      if (name === key) return readTokens()
      if (!isKept(name)) return null
      return chain(jar.get(otherName(name)), (text) => (text === undefined ? null : decoded(text)))
    },
    set(name, value) {
      own.set(name, value)
      if (name === key) return writeTokens(value)
      if (!isKept(name) || value.length >= longest) return
      const maxAge = name === `${key}:flows` ? flowsKeptFor : attemptKeptFor
      return write(otherName(name), encodeURIComponent(value), maxAge)
    },
    async remove(name) {
      const before = own.get(name) ?? (name === key ? await readTokens() : null)
      own.set(name, null)
      if (isKept(name)) return write(otherName(name), '', 0)
      if (name !== key || before === null) return
      const { tokens } = JSON.parse(before) as Stored
      const { exp } = readJson(tokens?.accessToken.split('.')[1] ?? '') ?? {}
      if (typeof exp === 'number' && exp + deadSeconds < seconds()) await this.clear()
    },
    async clear() {
      await write(cookieNames.refresh, '', 0)
      await write(cookieNames.access, '', 0)
    },
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** What two cookies say, without a proof: who reads them asks `getUser`. Anything cut or edited is nobody. */
function storedOf(access: string | undefined, refresh: string | undefined): Stored | null {
  if (access === undefined || refresh === undefined || access.length > longest || refresh.length > 512) return null
  const claims = readJson(access.split('.')[1] ?? '')
  if (!isObject(claims) || typeof claims['exp'] !== 'number' || typeof claims['iat'] !== 'number') return null
  const { user, sessionId, aal } = toVerifiedToken(claims)
  const expiresIn = claims['exp'] - claims['iat']
  const expiresAt = new Date(claims['exp'] * 1000).toISOString()
  return {
    v: 1,
    stamp: access.slice(-24),
    receivedAt: claims['iat'] * 1000,
    expiresIn,
    user: user as unknown as User,
    session: { id: sessionId, aal } as Session,
    tokens: { accessToken: access, tokenType: 'Bearer', expiresIn, expiresAt, refreshToken: refresh },
  }
}
