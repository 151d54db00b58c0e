import type {
  Recovery,
  SignInWithCode,
  SignInWithIdToken,
  SignInWithPassword,
  SignUpAnonymously,
  SignUpWithPassword,
} from './api/types.ts'
import type { Outcome } from './attempt/attempt.ts'
import type { Attempts } from './attempt/attempts.ts'
import { AuthError, type ErrorCode } from './base/auth-error.ts'
import type { Runtime } from './base/runtime.ts'
import type { ProviderInput } from './client.ts'
import { type Flows, isOfWindow } from './redirect/flows.ts'
import { handOver } from './redirect/hand-over.ts'
import { readReturn } from './redirect/read-return.ts'
import { addressOf } from './request/request.ts'

export interface GettingInDeps {
  readonly runtime: Runtime
  readonly attempts: Attempts
  readonly flows: Flows
  /** Public address of the server, without a path of ours. */
  readonly origin: string
  readonly redirectTo?: string | undefined
  /** Where the session is stored. */
  readonly key: string
}

type Returning = { redirectTo?: string | undefined }

const noCryptography = '`crypto.subtle` is missing: serve the page over https or from localhost, or bring a polyfill.'

export type GettingIn = ReturnType<typeof createGettingIn>

/** The ways in. Each is one call; what comes back is an outcome. */
export function createGettingIn({ runtime, attempts, flows, origin, redirectTo, key }: GettingInDeps) {
  /** A link needs a browser to come back to, or a place that somebody named. */
  const withReturn = async <T extends Returning>(input: T) => {
    const place = input.redirectTo ?? redirectTo
    const challenge = runtime.page === undefined && place === undefined ? undefined : await flows.begin(false)
    return { ...input, redirectTo: place, ...challenge }
  }

  /** Leading back is all there is: to the client's place or the page itself, unless a call names another. */
  const withWayBack = async <T extends Returning>(input: T, inWindow = false) => {
    const here = runtime.page?.href().replace(/[?#].*/, '')
    const challenge = await flows.begin(inWindow)
    if (challenge === undefined) throw new TypeError(noCryptography)
    return { ...input, redirectTo: input.redirectTo ?? redirectTo ?? here, ...challenge }
  }

  const handleRedirect = async (address = runtime.page?.href()): Promise<Outcome | null> => {
    const found = address && readReturn(address)
    if (!found) return null
    const { code, state, error, clean } = found
    if (runtime.page?.href() === address) {
      runtime.page?.replace(clean)
      if (isOfWindow(state) && (await handOver(runtime, key, address, state))) return null
    }
    // Gone from here on, whatever comes of it.
    const verifier = state === null ? undefined : await flows.take(state)
    if (state !== null && verifier === undefined) throw new AuthError('other_browser')
    if (error !== null) throw new AuthError(error.code as ErrorCode, error)
    return attempts.begin('/sessions/exchange', { code, codeVerifier: verifier }, 'anybody')
  }

  const signInWithProvider = async (provider: string, { mode, ...input }: ProviderInput = {}) => {
    const asked = await withWayBack(input, input.display === 'message')
    const address = addressOf(origin, { path: `/sign-in/provider/${encodeURIComponent(provider)}`, query: asked })
    if (mode !== 'url') runtime.page?.leave(address)
    return { url: address }
  }

  return {
    withReturn,
    withWayBack,
    acts: {
      signUp: async (input: SignUpWithPassword) => attempts.begin('/sign-up/password', await withReturn(input)),
      signInAnonymously: (input?: SignUpAnonymously) => attempts.begin('/sign-up/anonymous', input),
      signInWithPassword: (input: SignInWithPassword) => attempts.begin('/sign-in/password', input),
      signInWithIdToken: (input: SignInWithIdToken) => attempts.begin('/sign-in/id-token', input),
      signInWithCode: async (input: SignInWithCode) => attempts.begin('/sign-in/code', await withReturn(input)),
      resetPassword: async (input: Recovery) => attempts.begin('/recovery', await withReturn(input)),
      signInWithProvider,
      handleRedirect,
    },
  }
}
