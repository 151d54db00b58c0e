import type { Complete, User } from '../api/types.ts'
import { randomTag } from '../base/encoding.ts'
import { chain, type Maybe } from '../base/maybe.ts'
import type { Runtime } from '../base/runtime.ts'
import { dueIn, type Held, hold } from './age.ts'
import type { AuthEvent, AuthState, SignedIn } from './auth-state.ts'
import type { SessionStorage } from './session-storage.ts'
import { isSameSet, readStored, type Stored, toStored } from './stored.ts'

/** The session as this tab holds it: the same as in the storage, which all tabs share. */
export interface HeldSession {
  state(): AuthState
  held(): Held | null
  /** Ends `loading`. @param reason why nobody is in, where that is known */
  open(reason: string | null): void
  isOpen(): boolean
  /** Takes over what the storage holds, whoever put it there. */
  look(): Maybe<void>
  /** Stores a new set of tokens. */
  keep(complete: Complete, event: AuthEvent): Maybe<void>
  /** Stores what the server gave for a set, unless another one has taken that one's place. */
  replace(sent: Stored, complete: Complete): Maybe<void>
  setUser(user: User): Maybe<void>
  forget(reason: string | null): Maybe<void>
  isDue(): boolean
  /** Whether there is an access token that need not be renewed yet. */
  isFresh(): boolean
}

export interface HeldDeps {
  readonly runtime: Runtime
  readonly storage: SessionStorage
  readonly key: string
  readonly inCookies: boolean
  /** Hears what happened, when it is stored. `mine`: this tab did it, and others do not know yet. */
  happened(event: AuthEvent, mine: boolean): void
}

export function createHeldSession({ runtime, storage, key, inCookies, happened }: HeldDeps): HeldSession {
  let held: Held | null = null
  let reason: string | null = null
  let state: AuthState = { status: 'loading' }

  const show = (event: AuthEvent, mine: boolean) => {
    const wasIn = state.status === 'signed_in'
    if (state.status !== 'loading') state = stateOf(held, reason)
    if (mine || held !== null || wasIn) happened(event, mine)
  }

  const put = (stored: Stored, event: AuthEvent): Maybe<void> =>
    chain(storage.set(key, JSON.stringify(stored)), () => show(event, true))

  const look = (): Maybe<void> =>
    chain(storage.get(key), (text) => {
      const stored = readStored(text)
      const before = held
      if (stored === null) {
        if (before === null) return
        held = reason = null
        return show('signed_out', false)
      }
      if (before !== null && isSameSet(before.stored, stored)) {
        if (JSON.stringify(before.stored) === text) return
        held = { ...before, stored }
        return show('user_changed', false)
      }
      const isSameSession = before?.stored.session.id === stored.session.id
      // In cookie mode each tab keeps the access token it has got itself.
      held = inCookies && isSameSession ? { ...before, stored } : hold(runtime, stored)
      show(isSameSession ? 'refreshed' : 'signed_in', false)
    })

  const keep = (complete: Complete, event: AuthEvent): Maybe<void> => {
    const all = toStored(complete, randomTag(runtime, 9), runtime.now())
    const stored = inCookies ? { ...all, tokens: null } : all
    held = hold(runtime, stored, complete.tokens)
    return put(stored, event)
  }

  const isDue = () => held !== null && dueIn(held, runtime) === 0

  return {
    state: () => state,
    held: () => held,
    open(why) {
      reason = why
      state = stateOf(held, reason)
      happened('initial', false)
    },
    isOpen: () => state.status !== 'loading',
    look,
    keep,
    replace: (sent, complete) =>
      chain(storage.get(key), (text) => {
        if (!isSameSet(readStored(text), sent)) return look()
        return keep(complete, 'refreshed')
      }),
    setUser(user) {
      if (held === null || held.stored.user.id !== user.id) return
      const stored = { ...held.stored, user }
      held = { ...held, stored }
      return chain(storage.get(key), (text) =>
        isSameSet(readStored(text), stored) ? put(stored, 'user_changed') : undefined,
      )
    },
    forget(why) {
      held = null
      reason = why
      return chain(storage.remove(key), () => show('signed_out', true))
    },
    isDue,
    isFresh: () => !isDue() && held?.token.accessToken != null,
  }
}

function stateOf(held: Held | null, reason: string | null): AuthState {
  return held === null ? { status: 'signed_out', reason } : { status: 'signed_in', ...signedInOf(held) }
}

/** What is held, as the app sees it. */
export function signedInOf({ stored, token }: Held): SignedIn {
  const { user, session, tokens } = stored
  const { accessToken, expiresIn, receivedAt } = token
  if (tokens !== null || accessToken === null) return { user, session, tokens }
  const expiresAt = new Date(receivedAt + expiresIn * 1000).toISOString()
  return { user, session, tokens: { accessToken, tokenType: 'Bearer', expiresIn, expiresAt, refreshToken: null } }
}
