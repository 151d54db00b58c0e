import type { Complete } from '../api/types.ts'
import { AuthError, isAuthError } from '../base/auth-error.ts'
import type { Runtime } from '../base/runtime.ts'
import type { SignedIn } from './auth-state.ts'
import { type HeldSession, signedInOf } from './held-session.ts'
import type { SessionDeps } from './session-manager.ts'
import type { Stored } from './stored.ts'
import { type Tries, tryMs } from './tries.ts'

export interface RenewalDeps {
  readonly runtime: Runtime
  readonly session: HeldSession
  readonly tries: Tries
  readonly inCookies: boolean
  /** As {@link SessionDeps.renewAt}. */
  renewAt: SessionDeps['renewAt']
  /** Sleeps; a word from another tab wakes it. */
  pause(ms: number): Promise<void>
  /** Tells the other tabs that a try is over. */
  tried(): void
}

/** After these there is no session any more. */
const final: readonly string[] = [
  'refresh_token_not_found',
  'refresh_token_overtaken',
  'refresh_token_already_used',
  'session_expired',
  'session_not_found',
  'user_banned',
]
/** Worth another try with the same token: nobody knows what became of the last one. */
const isLost = ({ status, code }: AuthError) => status === 0 || status >= 500 || code === 'bad_answer'

/**
 * Renews until `isDone` says so. One flight at a time, whoever asks.
 * @throws AuthError why there are no new tokens; `not_signed_in` when there is no session any more
 */
export function createRenewal(deps: RenewalDeps): (isDone: () => boolean) => Promise<SignedIn> {
  const { runtime, session, tries, inCookies, pause } = deps
  let flight: Promise<SignedIn> | undefined

  // A cookie is replaced by whichever answer comes last, so there the tries must not overlap.
  const untilNobodyTries = async (courtesy = inCookies ? tryMs : 3_000) => {
    for (;;) {
      const wait = await tries.others(courtesy)
      if (wait === 0) return
      await pause(wait)
    }
  }

  /** One try. @returns the error after which another one may make sense, or nothing when it is settled */
  const tryOnce = async (sent: Stored, isSure: boolean): Promise<AuthError | undefined> => {
    const mine = tries.begin(true)
    const begun = { wall: runtime.now(), up: runtime.uptime() }
    try {
      const complete = await inTime(runtime, deps.renewAt(sent.tokens?.refreshToken ?? null, tryMs, isSure))
      // An answer that lay about while the tab slept may have been replaced since.
      const took = Math.max(runtime.now() - begun.wall, runtime.uptime() - begun.up)
      if (took > tryMs) return new AuthError('timeout')
      await session.replace(sent, mine.isAlone() ? complete : withRefreshToken(complete, sent))
      return undefined
    } catch (error) {
      if (!isAuthError(error) || (!final.includes(error.code) && !isLost(error))) throw error
      return error
    } finally {
      mine.end()
      deps.tried()
    }
  }

  /**
   * A try after which there may be no session any more: not here, where another tab has got a new set of tokens for it
   * meanwhile. Where none has, and the server speaks of a newer set, somebody else has that: the server is to know.
   */
  const ask = async (sent: Stored, isSure = false): Promise<AuthError | undefined> => {
    const failure = await tryOnce(sent, isSure)
    if (failure === undefined || !final.includes(failure.code)) return failure
    await untilNobodyTries(tryMs)
    await session.look()
    const held = session.held()
    if (held !== null && held.stored.stamp !== sent.stamp) return
    if (held !== null && !isSure && failure.code === 'refresh_token_overtaken') return ask(sent, true)
    await session.forget(failure.code)
    throw failure
  }

  const renewUntil = async (isDone: () => boolean): Promise<SignedIn> => {
    let failure: AuthError | undefined
    for (const wait of [0, 250, 1_000, 3_000]) {
      if (wait > 0) await pause(wait * (0.8 + (0.4 * (runtime.random(1)[0] ?? 0)) / 256))
      await untilNobodyTries()
      await session.look()
      const before = session.held()
      if (before === null) throw new AuthError('not_signed_in')
      if (isDone()) return signedInOf(before)
      failure = await ask(before.stored)
      const after = session.held()
      if (after === null) throw new AuthError('not_signed_in')
      if (failure === undefined && isDone()) return signedInOf(after)
    }
    throw failure ?? new AuthError('timeout')
  }

  return async (isDone) => {
    // What was under way may have been for another set of tokens.
    while (flight !== undefined) {
      const renewed = await flight
      if (isDone()) return renewed
    }
    flight = renewUntil(isDone).finally(() => {
      flight = undefined
    })
    return flight
  }
}

/**
 * Whoever was not alone keeps the refresh token they sent: of several successors only the last one given is good, and
 * nobody knows which that is. The next time the old one gets a new successor, and those before it are void.
 */
function withRefreshToken(complete: Complete, { tokens }: Stored): Complete {
  const refreshToken = tokens?.refreshToken ?? complete.tokens.refreshToken
  return { ...complete, tokens: { ...complete.tokens, refreshToken } }
}

/** The answer, if it comes in time; one that comes later is nobody's. */
function inTime<T>(runtime: Runtime, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = runtime.after(tryMs, () => reject(new AuthError('timeout')))
    work.then(resolve, reject).finally(stop)
  })
}
