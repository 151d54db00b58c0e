import type { Complete, User } from '../api/types.ts'
import { AuthError } from '../base/auth-error.ts'
import { chain } from '../base/maybe.ts'
import type { Runtime } from '../base/runtime.ts'
import { dueIn, isAlive } from './age.ts'
import type { AuthEvent, AuthState, SignedIn } from './auth-state.ts'
import { createHeldSession, signedInOf } from './held-session.ts'
import { createRenewal } from './renewal.ts'
import type { SessionStorage } from './session-storage.ts'
import type { Stored } from './stored.ts'
import { createTries } from './tries.ts'

/** Keeps a session: stored, renewed in good time, the same in all tabs. */
export interface SessionManager {
  state(): AuthState
  /** Reads what is stored. Until then, and until {@link SessionManager.open}, the state is `loading`. */
  load(): Promise<void>
  /** Ends `loading`. @param reason why nobody is in, where that is known */
  open(reason: string | null): void
  /** The access token, renewed if that is due; the old one while it lives and renewing fails; null where nobody is in. */
  accessToken(): Promise<string | null>
  /** Which set of tokens is held. */
  stamp(): string | null
  /** New tokens. @param refused the set that was refused: where another is held by now, that is enough */
  renew(refused?: string): Promise<SignedIn>
  /** Takes over what a sign-in has yielded. */
  adopt(complete: Complete, event: AuthEvent): Promise<SignedIn>
  setUser(user: User): Promise<void>
  /** Forgets the session, here and in all tabs. @returns what was held */
  clear(reason: string | null): Promise<Stored | null>
  /** Other tabs, and this one, do not renew while a call runs that may itself bring new tokens. */
  during<T>(work: () => Promise<T>): Promise<T>
  listen(listener: (event: AuthEvent) => void): () => void
  dispose(): void
}

export interface SessionDeps {
  readonly runtime: Runtime
  readonly storage: SessionStorage
  /** Where the session is stored; other keys are made from it. */
  readonly key: string
  readonly inCookies: boolean
  /** Asks the server for new tokens. @param isSure that there is no newer refresh token here. @throws AuthError */
  renewAt(refreshToken: string | null, timeout: number, isSure: boolean): Promise<Complete>
}

export function createSessionManager({ runtime, storage, key, inCookies, renewAt }: SessionDeps): SessionManager {
  const { page } = runtime
  const tries = createTries({ runtime, storage, key: `${key}:tries` })
  const channel = runtime.channel(key)
  const listeners = new Set<(event: AuthEvent) => void>()
  const naps = createNaps(runtime)
  const stops: ((() => void) | undefined)[] = []
  let stopTimer: (() => void) | undefined

  const tell = (word: string) => {
    channel?.post(word)
    naps.wake()
  }
  const session = createHeldSession({
    runtime,
    storage,
    key,
    inCookies,
    happened(event, mine) {
      schedule()
      if (session.isOpen()) for (const listener of listeners) listener(event)
      if (mine) tell(event)
    },
  })
  const renewal = createRenewal({
    runtime,
    session,
    tries,
    inCookies,
    renewAt,
    pause: naps.pause,
    tried: () => tell('tried'),
  })

  /** A timer runs in pages that are looked at; elsewhere a token is renewed when it is asked for. */
  const schedule = (atLeast = 0) => {
    stopTimer?.()
    const held = session.held()
    if (held === null || !page?.isVisible()) return
    stopTimer = runtime.after(Math.max(atLeast, dueIn(held, runtime)), renewQuietly)
  }
  const renewQuietly = () => {
    if (session.held() === null) return
    if (!session.isDue()) return schedule()
    renewal(() => !session.isDue()).then(
      () => schedule(),
      () => schedule(30_000),
    )
  }

  const heard = () => {
    naps.wake()
    if (session.isOpen()) void session.look()
  }
  const woken = () => {
    if (page?.isVisible()) void chain(session.look(), renewQuietly)
  }
  const gone = () => {
    tries.endAll()
    tell('tried')
  }

  return {
    state: session.state,
    async load() {
      stops.push(channel?.listen(heard), storage.subscribe?.(key, heard), page?.onWake(woken), page?.onHide(gone))
      await session.look()
    },
    open: session.open,
    async accessToken() {
      if (session.held() !== null && !session.isFresh())
        try {
          await renewal(session.isFresh)
        } catch (error) {
          const held = session.held()
          if (held === null || !isAlive(held, runtime)) throw error
        }
      return session.held()?.token.accessToken ?? null
    },
    stamp: () => session.held()?.stored.stamp ?? null,
    async renew(refused = session.held()?.stored.stamp) {
      return renewal(() => session.held()?.stored.stamp !== refused)
    },
    async adopt(complete, event) {
      await session.keep(complete, event)
      const held = session.held()
      if (held === null) throw new AuthError('not_signed_in')
      return signedInOf(held)
    },
    setUser: async (user) => session.setUser(user),
    async clear(reason) {
      const stored = session.held()?.stored ?? null
      await session.forget(reason)
      return stored
    },
    async during(work) {
      const mine = tries.begin(false)
      try {
        return await work()
      } finally {
        mine.end()
        tell('tried')
      }
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispose() {
      stopTimer?.()
      for (const stop of stops.splice(0)) stop?.()
      channel?.close()
    },
  }
}

/** Sleeping that can be cut short. */
function createNaps(runtime: Runtime) {
  const sleepers = new Set<() => void>()
  return {
    pause: (ms: number) =>
      new Promise<void>((resolve) => {
        const done = () => {
          sleepers.delete(done)
          stop()
          resolve()
        }
        const stop = runtime.after(ms, done)
        sleepers.add(done)
      }),
    wake() {
      for (const done of sleepers) done()
    },
  }
}
