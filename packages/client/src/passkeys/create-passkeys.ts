import type { Outcome as Answered, SignUpWithPasskey } from '../api/types.ts'
import type { Attempt, Outcome } from '../attempt/attempt.ts'
import type { Speaker } from '../attempt/attempts.ts'
import { AuthError } from '../base/auth-error.ts'
import { facing, type Reply } from '../base/result.ts'
import type { Client } from '../client.ts'
import { insideOf } from '../inside.ts'
import { type Asking, ask, isSupported } from './ceremony.ts'

/** Who wants an account that a passkey opens. */
export type PasskeySignUp = Omit<SignUpWithPasskey, 'codeChallenge' | 'state'> & {
  /** What the passkey is to be called. Default: what its authenticator is called. */
  readonly name?: string
}

/** How to ask for a passkey. */
export interface PasskeySignIn {
  /** Wait in the background until one is picked from the suggestions of a field with `autocomplete="username webauthn"`. Default false. */
  readonly autofill?: boolean
  /** Calls it off. */
  readonly signal?: AbortSignal
}

/** What a new passkey is for. */
export interface AddPasskey {
  readonly name?: string
  /** `true`: a second factor, which every other way in is asked for. Default: it signs in alone. */
  readonly protects?: boolean
  /** Make it without a dialogue where the browser may, right after a sign-in with a password. Default false. */
  readonly quietly?: boolean
}

/** Passkeys in the browser: making them, signing in with them, proving them again. */
export interface Passkeys<Throws extends boolean = false> {
  /**
   * Whether this browser knows passkeys.
   * @example
   * if (passkeys.isSupported()) show('Use a passkey')
   */
  isSupported(): boolean
  /**
   * Whether it can suggest them in a field.
   * @example
   * if (await passkeys.isAutofillSupported()) await passkeys.signIn({ autofill: true })
   */
  isAutofillSupported(): Promise<boolean>
  /**
   * Signs up with a passkey. While addresses are confirmed, a code is mailed and asked for next.
   * @example
   * const { data } = await passkeys.signUp({ email: 'new@example.test' })
   * if (data?.status === 'pending') await data.attempt.answer({ code: await ask('The code, please') })
   */
  signUp(input?: PasskeySignUp): Reply<Outcome<Throws>, Throws>
  /**
   * Signs in with any passkey of this site: nobody types a name. Any other way in calls a waiting autofill off.
   * @example
   * await passkeys.signIn({ autofill: true })
   */
  signIn(input?: PasskeySignIn): Reply<Outcome<Throws>, Throws>
  /**
   * Adds a passkey to the account that is signed in. Needs a recent proof.
   * @example
   * await passkeys.add({ name: 'Laptop' })
   */
  add(input?: AddPasskey): Reply<Outcome<Throws>, Throws>
  /**
   * Answers an attempt whose step is a passkey, such as a second factor or an elevation.
   * @example
   * let { data } = await auth.signInWithPassword({ email, password })
   * if (data?.status === 'pending' && data.attempt.step.type === 'choose') {
   *   const passkey = data.attempt.step.options.find(({ type }) => type === 'passkey')
   *   if (passkey) ({ data } = await data.attempt.choose(passkey.id))
   * }
   * if (data?.status === 'pending') await passkeys.answer(data.attempt)
   */
  answer(attempt: Attempt<Throws>): Reply<Outcome<Throws>, Throws>
}

/** Milliseconds before its end at which a waiting question is asked anew. */
const margin = 30_000

/**
 * Passkeys of a client.
 * @throws TypeError for what is no client of this package
 * @example
 * const passkeys = createPasskeys(auth)
 * const { error } = await passkeys.signIn()
 */
export function createPasskeys<Throws extends boolean>(client: Client<Throws>): Passkeys<Throws> {
  const { send, authorised, attempts, withReturn, runtime, throws } = insideOf(client)
  let waiting: AbortController | undefined

  /** One dialogue at a time: browsers allow no second one, and a waiting one gives way. */
  const one = async (asking: Asking) => {
    waiting?.abort()
    const own = new AbortController()
    waiting = own
    const stop = () => own.abort()
    asking.signal?.addEventListener('abort', stop, { once: true })
    if (asking.signal?.aborted === true) stop()
    try {
      return await ask({ ...asking, signal: own.signal })
    } finally {
      asking.signal?.removeEventListener('abort', stop)
      if (waiting === own) waiting = undefined
    }
  }

  /** The dialogue of a question that was asked a moment ago, and what the server makes of it. */
  const go = async (answered: Answered, as: Speaker, more: object = {}, how: Partial<Asking> = {}) => {
    const { token, publicKey, mode } = questionOf(answered)
    const credential = await one({ mode, publicKey, ...how })
    return attempts.begin('/attempts/answer', { attempt: token, credential, ...more }, as)
  }

  const question = () => send<Answered>({ method: 'POST', path: '/sign-in/passkey', body: {} })

  /** Asks anew before each question dies, until one is answered or it is called off. */
  const wait = async (signal: AbortSignal | undefined): Promise<Outcome> => {
    for (;;) {
      const asked = await question()
      const round = new AbortController()
      const over = { isOld: false }
      const ends = Date.parse(questionOf(asked).expiresAt) - runtime.now() - margin
      const stopTimer = runtime.after(Math.max(ends, margin), () => {
        over.isOld = true
        round.abort()
      })
      const stopListening = client.onChange(({ event }) => {
        if (event === 'signed_in' || event === 'attempt') round.abort()
      })
      const stop = () => round.abort()
      signal?.addEventListener('abort', stop, { once: true })
      try {
        return await go(asked, 'nobody', {}, { mediation: 'conditional', signal: round.signal })
      } catch (error) {
        if (!over.isOld || signal?.aborted === true) throw error
      } finally {
        stopTimer()
        stopListening()
        signal?.removeEventListener('abort', stop)
      }
    }
  }

  const inner = {
    async signUp({ name, ...about }: PasskeySignUp = {}) {
      const body = await withReturn(about)
      const asked = await send<Answered>({ method: 'POST', path: '/sign-up/passkey', body })
      return go(asked, 'nobody', name === undefined ? {} : { name })
    },
    async signIn({ autofill = false, signal }: PasskeySignIn = {}) {
      return autofill ? wait(signal) : go(await question(), 'nobody', {}, { signal })
    },
    async add({ name, protects = false, quietly = false }: AddPasskey = {}) {
      const body = { type: 'passkey', signIn: !protects, ...(name === undefined ? {} : { name }) }
      const asked = await authorised<Answered>({ method: 'POST', path: '/me/factors', body })
      return go(asked, 'user', {}, quietly ? { mediation: 'conditional' } : {})
    },
    async answer(attempt: Attempt<Throws>) {
      const as = client.state.status === 'signed_in' ? 'anybody' : 'nobody'
      return go({ status: 'pending', attempt }, as)
    },
  }
  return {
    isSupported,
    async isAutofillSupported() {
      const can = isSupported() ? PublicKeyCredential.isConditionalMediationAvailable : undefined
      return can === undefined ? false : can.call(PublicKeyCredential)
    },
    ...facing<Pick<Passkeys<Throws>, keyof typeof inner>>(inner, throws),
  }
}

/** @throws TypeError for an attempt that asks for something else */
function questionOf(answered: Answered) {
  const step = answered.status === 'pending' ? answered.attempt.step : undefined
  if (answered.status !== 'pending' || step?.type !== 'passkey')
    throw new TypeError('The step of this attempt is no passkey: look at attempt.step.type.')
  const { mode, publicKey, expiresAt } = step
  if (typeof publicKey !== 'object') throw new AuthError('bad_answer')
  return { token: answered.attempt.token, mode, publicKey, expiresAt }
}
