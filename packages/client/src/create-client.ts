import type { Complete, Elevate, PublicSettings, User } from './api/types.ts'
import { type Attempts, createAttempts } from './attempt/attempts.ts'
import { isAuthError } from './base/auth-error.ts'
import { facing } from './base/result.ts'
import { type Runtime, systemRuntime } from './base/runtime.ts'
import { serverAddress } from './base/server-address.ts'
import type { Client, ClientOptions, VerifiedUser } from './client.ts'
import { createGettingIn } from './getting-in.ts'
import { createGroups } from './groups.ts'
import { inside } from './inside.ts'
import { createFlows } from './redirect/flows.ts'
import { type Authorised, createAuthorised } from './request/authorised.ts'
import { createAuthorisedFetch } from './request/authorised-fetch.ts'
import { createElevating } from './request/elevating.ts'
import { createSend } from './request/request.ts'
import { withCaptcha } from './request/with-captcha.ts'
import type { AuthChange, AuthEvent, SignedIn } from './session/auth-state.ts'
import { createLeaving } from './session/leave.ts'
import { createSessionManager } from './session/session-manager.ts'
import { browserStorage, forgiving } from './session/session-storage.ts'
import { createTokenVerifier } from './verify/token-verifier.ts'

/**
 * Makes a client. One for each app is enough.
 * @param options its settings, or the server's address alone
 * @throws TypeError when the address is none
 * @example
 * const auth = createClient('http://localhost:8787')
 * const { data, error } = await auth.signInWithPassword({ email: 'ada@example.test', password: 'seven quiet otters' })
 */
export function createClient(options: ClientOptions<true> & { readonly throwOnError: true }): Client<true>
export function createClient(options: string | ClientOptions): Client
export function createClient(options: string | ClientOptions<boolean>): Client | Client<true> {
  const given = typeof options === 'object' && options !== null ? options : { url: options }
  return createClientOn(systemRuntime(given.fetch), given)
}

/** Renews a token, or answers with what somebody else has just got for it. */
type Once = (refreshToken: string, work: () => Promise<Complete>) => Promise<Complete>

/** As {@link createClient}, on a runtime of one's own. @param once default: always asks */
export function createClientOn(
  runtime: Runtime,
  options: ClientOptions<boolean>,
  once: Once = (_, work) => work(),
): Client {
  const throws = !!options.throwOnError
  const rooms = createRooms(runtime, options, throws, once)
  const { sessions, attempts, listeners, origin } = rooms
  const ready = start(rooms, options.handleRedirect !== false)
  const acts = { ...createActs(rooms, ready), ...rooms.acts, ...createGroups(rooms) }
  const client = {
    ...facing<Client>(acts, throws),
    get state() {
      return sessions.state()
    },
    get attempt() {
      return attempts.current()
    },
    ready,
    onChange: (listener: (change: AuthChange) => void) => listeners.add(listener, ready),
    fetch: createAuthorisedFetch({ runtime, sessions, origins: [origin, ...(options.sendTokenTo ?? [])] }),
    dispose: sessions.dispose,
  }
  return Object.defineProperty(client, inside, { value: { ...rooms, runtime, throws } })
}

type Rooms = ReturnType<typeof createRooms>

/** Everything a client is made of, joined. */
function createRooms(runtime: Runtime, options: ClientOptions<boolean>, throws: boolean, once: Once) {
  const { origin, host } = serverAddress(options.url)
  const inCookies = options.mode === 'cookie'
  const key = `watchword:${host}`
  const storage = forgiving(options.storage ?? browserStorage('localStorage'))
  const speak = createSend({ ...options, runtime, origin, inCookies })
  const send = options.captcha ? withCaptcha(speak, options.captcha) : speak
  const renewAt = (refreshToken: string | null, timeout: number, isSure: boolean) => {
    const body = { refreshToken: refreshToken ?? undefined, mayBeOlder: !isSure }
    return once(`${refreshToken ?? ''} ${isSure}`, () =>
      send<Complete>({ method: 'POST', path: '/sessions/refresh', body, timeout }),
    )
  }
  const sessions = createSessionManager({ runtime, storage, key, inCookies, renewAt })
  const plainly = createAuthorised({ send, sessions, inCookies })
  const elevating = createElevating(
    (details) => attempts.begin('/me/elevation', { level: details['level'] }, 'user'),
    options.onElevationNeeded,
  )
  const authorised: Authorised = (call, more) => elevating(() => plainly(call, more))
  const listeners = createListeners(() => ({ state: sessions.state(), attempt: attempts.current() }))
  sessions.listen(listeners.tell)
  const attempts: Attempts = createAttempts({
    send,
    authorised: plainly,
    elevating,
    sessions,
    // A tab has its own attempt; where there are no tabs there is one place for all.
    storage:
      runtime.page === undefined || options.storage !== undefined
        ? storage
        : forgiving(browserStorage('sessionStorage')),
    key: `${key}:attempt`,
    throws,
    changed: () => listeners.tell('attempt'),
  })
  const flows = createFlows({ runtime, storage, key: `${key}:flows` })
  const leaving = createLeaving({ send, sessions, storage, key: `${key}:leaving`, inCookies })
  const gettingIn = createGettingIn({ ...options, runtime, attempts, flows, origin, key })
  const verifier = createTokenVerifier({ ...options, runtime, origin })
  return {
    origin,
    key,
    send,
    sessions,
    authorised,
    plainly,
    listeners,
    attempts,
    leaving,
    ...gettingIn,
    verifier,
  }
}

async function start({ sessions, attempts, acts, leaving }: Rooms, takesRedirect: boolean): Promise<void> {
  await Promise.all([sessions.load(), attempts.load()])
  const refusal = takesRedirect ? await acts.handleRedirect().then(noRefusal, codeOf) : null
  sessions.open(refusal)
  leaving.catchUp().catch(noRefusal)
}

const noRefusal = () => null
const codeOf = (error: unknown) => (isAuthError(error) ? error.code : null)

/** Being in. */
function createActs({ send, sessions, authorised, attempts, leaving, verifier }: Rooms, ready: Promise<void>) {
  const accessToken = () => ready.then(sessions.accessToken)
  return {
    async getUser({ fresh = false } = {}): Promise<VerifiedUser | null> {
      const token = await accessToken()
      if (token === null) return null
      const known = fresh ? undefined : await verifier.verify(token)
      if (known) {
        const { user, aal, sessionId } = known
        return { user, aal, sessionId, verified: 'local' }
      }
      const user = await authorised<User>({ method: 'GET', path: '/me' })
      await sessions.setUser(user)
      const state = sessions.state()
      if (state.status !== 'signed_in') return null
      return { user, aal: state.session.aal, sessionId: state.session.id, verified: 'server' }
    },
    async getSession(): Promise<SignedIn | null> {
      await accessToken()
      const state = sessions.state()
      return state.status === 'signed_in' ? state : null
    },
    getAccessToken: accessToken,
    refresh: () => ready.then(() => sessions.renew()),
    async setSession({ refreshToken }: { refreshToken: string }) {
      await ready
      const complete = await send<Complete>({ method: 'POST', path: '/sessions/refresh', body: { refreshToken } })
      return sessions.adopt(complete, 'signed_in')
    },
    elevate: (input?: Elevate) => attempts.begin('/me/elevation', input, 'user'),
    async signOut({ scope = 'this' }: { scope?: 'this' | 'others' | 'all' } = {}) {
      await ready
      if (scope !== 'others') return leaving.leave(scope)
      await authorised({ method: 'POST', path: '/sign-out', body: { scope } })
    },
    getSettings: () => send<PublicSettings>({ method: 'GET', path: '/settings' }),
  }
}

/** Listeners run after everything is stored, each for itself; nobody waits for them. */
function createListeners(now: () => Omit<AuthChange, 'event'>) {
  const all = new Set<(change: AuthChange) => void>()
  const call = (listener: (change: AuthChange) => void, change: AuthChange) =>
    void Promise.resolve()
      .then(() => (all.has(listener) ? listener(change) : undefined))
      .catch((error: unknown) => globalThis.reportError?.(error))
  return {
    tell(event: AuthEvent) {
      const change = { event, ...now() }
      // What happens before the state is known is part of `initial`.
      if (change.state.status !== 'loading' && event !== 'initial') for (const listener of all) call(listener, change)
    },
    add(listener: (change: AuthChange) => void, ready: Promise<void>) {
      let isWanted = true
      void ready.then(() => {
        if (!isWanted) return
        all.add(listener)
        call(listener, { event: 'initial', ...now() })
      })
      return () => {
        isWanted = false
        all.delete(listener)
      }
    },
  }
}
