import type { Outcome as Answered, AttemptState, Complete } from '../api/types.ts'
import { AuthError, isAuthError } from '../base/auth-error.ts'
import { parsed } from '../base/encoding.ts'
import { facing } from '../base/result.ts'
import type { Authorised } from '../request/authorised.ts'
import type { Elevating } from '../request/elevating.ts'
import type { Send } from '../request/request.ts'
import type { AuthEvent } from '../session/auth-state.ts'
import type { SessionManager } from '../session/session-manager.ts'
import type { SessionStorage } from '../session/session-storage.ts'
import type { Answer, Attempt, Choice, Outcome } from './attempt.ts'

/** Turns what the server answers into what the app sees, and remembers the attempt in progress. */
export interface Attempts {
  current(): Attempt | null
  load(): Promise<void>
  /** Sends something that answers with an outcome. A finished one is a session from then on. */
  begin(path: string, body?: object, as?: Speaker): Promise<Outcome>
}

/** As whom a call is sent: as nobody, as whoever is signed in, or as them if somebody is. */
export type Speaker = 'nobody' | 'user' | 'anybody'

export interface AttemptDeps {
  readonly send: Send
  readonly authorised: Authorised
  readonly elevating: Elevating
  readonly sessions: SessionManager
  readonly storage: SessionStorage
  readonly key: string
  readonly throws: boolean
  /** Tells listeners that the attempt in progress is another one. */
  changed(): void
}

/** What an attempt that was begun in a session is for. */
const inSession: readonly string[] = ['elevation', 'email_change', 'phone_change', 'enrollment', 'link']

export function createAttempts({
  send,
  authorised,
  elevating,
  sessions,
  storage,
  key,
  throws,
  changed,
}: AttemptDeps): Attempts {
  let current: Attempt | null = null

  const remember = async (state: AttemptState | null) => {
    current = state && attemptOf(state)
    await (state ? storage.set(key, JSON.stringify(state)) : storage.remove(key))
    changed()
  }

  const forget = async ({ token: handle }: AttemptState) => {
    const mine = current?.token
    if (mine === handle) await remember(null)
  }

  const finish = async (complete: Complete, purpose: string | undefined): Promise<Complete> => {
    const wasIn = sessions.state()
    const goesOn = wasIn.status === 'signed_in' && wasIn.session.id === complete.session.id
    if (current !== null) await remember(null)
    await sessions.adopt(complete, goesOn ? eventInside(purpose) : eventOf(complete))
    return complete
  }

  const settle = async (answered: Answered, purpose?: string): Promise<Outcome> => {
    if (answered.status === 'complete') return finish(answered, purpose)
    await remember(answered.attempt)
    return { status: 'pending', attempt: current ?? attemptOf(answered.attempt) }
  }

  const post = async (path: string, body: object | undefined, as: Speaker): Promise<Answered> => {
    const call = { method: 'POST', path, body } as const
    if (as === 'nobody') return send(call)
    // Before it is said that nobody else may renew.
    await sessions.accessToken().catch(() => null)
    // The answer may bring new tokens, and the old ones are dead from then on.
    return elevating(() => sessions.during(() => authorised(call, { optional: as === 'anybody' })))
  }

  const goOn = async (state: AttemptState, act: string, input: object): Promise<Outcome> => {
    const body = { attempt: state.token, ...input }
    try {
      return await settle(await post(`/attempts/${act}`, body, speakerOf(state)), state.purpose)
    } catch (error) {
      if (!isAuthError(error)) throw error
      if (error.code === 'attempt_expired') {
        await forget(state)
        throw error
      }
      const { code, message, cause } = error
      throw new AuthError(code, { ...error, message, cause, attempt: attemptOf(state) })
    }
  }

  const attemptOf = (state: AttemptState): Attempt => ({
    ...state,
    ...facing<Pick<Attempt, 'answer' | 'choose' | 'resend' | 'status' | 'cancel'>>(
      {
        answer: (input: Answer) => goOn(state, 'answer', input),
        choose: (option: string, more?: Choice) => goOn(state, 'challenge', { ...more, option }),
        resend: () => goOn(state, 'challenge', {}),
        status: () => goOn(state, 'status', {}),
        async cancel() {
          await forget(state)
          await post('/attempts/cancel', { attempt: state.token }, speakerOf(state))
        },
      },
      throws,
    ),
  })

  return {
    current: () => current,
    async load() {
      const state = readState(await storage.get(key))
      if (state !== null) current = attemptOf(state)
    },
    async begin(path, body, as = 'nobody') {
      return settle(await post(path, body, as))
    },
  }
}

const speakerOf = ({ purpose }: AttemptState): Speaker => (inSession.includes(purpose) ? 'anybody' : 'nobody')

const eventInside = (purpose: string | undefined): AuthEvent => (purpose === 'elevation' ? 'elevated' : 'user_changed')

const eventOf = ({ session }: Complete): AuthEvent =>
  session.amr.some(({ method }) => method === 'recovery') ? 'recovered' : 'signed_in'

function readState(text: string | null): AttemptState | null {
  const state = parsed(text) as AttemptState | null | undefined
  return typeof state?.token === 'string' && typeof state.step?.type === 'string' ? state : null
}
