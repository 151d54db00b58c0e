import { sha256 } from '../../base/digest.ts'
import { hex } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { oldest } from '../../core/providers/id-token.ts'
import type { HandedToken, SetProvider } from '../../core/providers/providers.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { connectInSession } from '../attempt/connect-in-session.ts'
import type { Progress } from '../attempt/progress.ts'
import type { Return } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { arrive, enter } from '../session/enter.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { type Arrival, arrivalOf, tokenProvider } from '../steps/arrival.ts'
import type { NewAccount } from '../steps/create-account.ts'
import { noteRefusal } from '../steps/note-refusal.ts'
import { refuseLinking } from '../steps/refuse-linking.ts'
import { settled } from './settle-arrival.ts'
import type { Named } from './with-provider.ts'

/** An ID token that an app got from a provider by itself, such as with the provider's own SDK. */
export interface IdTokenSignIn extends HandedToken {
  readonly provider: string
  readonly createUser?: boolean | undefined
  /** Whether somebody who has an account is refused. Default false. */
  readonly onlyNew?: boolean | undefined
  readonly about: NewAccount
  readonly back: Return
}

export type IdTokenOutcome =
  | Progress
  /** A mail has to prove the address first. */
  | { readonly kind: 'waiting'; readonly provider: Named }

/**
 * Signs in with an ID token. It counts once.
 * @throws Refusal `id_token_invalid`, `provider_disabled`, `provider_failed`, `signup_disabled`, `identifier_not_allowed`,
 * `user_banned`, `payload_too_large`
 */
export async function signInWithIdToken(core: Core, caller: Caller, input: IdTokenSignIn): Promise<IdTokenOutcome> {
  const { about, back, createUser = true, onlyNew } = input
  refuseLarge(core, about.metadata)
  const { at, arrival } = await judged(core, caller, input)
  const done = await settled(core, caller, { at, arrival, createUser, onlyNew, about, back }, async (tx, outcome) => {
    if (outcome.kind === 'waiting') return undefined
    const { user, identityId, isNewUser } = outcome
    const { provider } = arrival
    const brought = { provider, identityId, tokens: null }
    return enter(tx, caller, { user, amr: [{ method: 'id_token', provider }], brought, isNewUser })
  })
  if (done === undefined) return { kind: 'waiting', provider: { id: at.provider.id, name: at.provider.name } }
  return arrive(core, done)
}

/**
 * Which issuer a token names, of a provider that has several: it is told before anything is verified, and decides nothing.
 * @param input.issuer which one the app says it is
 * @throws Refusal `id_token_invalid` with `details.reason` `issuer_unreadable`, `issuer_foreign` or `issuer_other`
 */
export async function claimedIssuer(
  core: Core,
  caller: Caller,
  { provider, idToken, issuer }: Pick<IdTokenSignIn, 'provider' | 'idToken'> & { readonly issuer: string | undefined },
): Promise<string | undefined> {
  return noted(core, caller, async () => {
    const at = await core.providers.find(provider)
    const claimed = at === undefined ? undefined : await core.providers.claimedIssuer(at, idToken)
    if (claimed !== undefined && issuer !== undefined && issuer !== claimed)
      throw new Refusal('id_token_invalid', { details: { reason: 'issuer_other' } })
    return claimed
  })
}

/**
 * Connects the account an ID token speaks for with the user who is signed in (S40).
 * @param input.as `same_session`: the session goes on with new tokens; `new_session`: another one is opened
 * @throws Refusal as {@link signInWithIdToken}, `identity_already_exists`, `user_already_exists`, `email_not_confirmed`,
 * `feature_disabled`, `reauthentication_needed`
 */
export async function linkWithIdToken(
  core: Core,
  caller: Caller,
  input: HandedToken & {
    readonly provider: string
    readonly user: User
    readonly session: Session
    readonly as: 'same_session' | 'new_session'
  },
): Promise<Progress> {
  refuseLinking(core, input)
  const { user, session, as } = input
  const { arrival } = await judged(core, caller, input)
  const proof = { method: 'id_token', provider: arrival.provider }
  return connectInSession(core, caller, { user, session, arrival, proof, as })
}

/** The network is asked here, before any transaction. */
function judged(
  core: Core,
  caller: Caller,
  input: HandedToken & { readonly provider: string },
): Promise<{ readonly at: SetProvider; readonly arrival: Arrival }> {
  return noted(core, caller, async () => {
    const at = await tokenProvider(core, input.provider)
    const profile = await core.providers.identify(at, input)
    // Remembered until the token is refused for its age. A signature has many spellings, and what it signs has one.
    const signed = input.idToken.slice(0, input.idToken.lastIndexOf('.'))
    const isFirst = await core.tickets.useOnce(
      `id_token:${hex(sha256(signed))}`,
      'id_token',
      oldest + core.settings.tokens.skew,
    )
    if (!isFirst) throw new Refusal('id_token_invalid', { details: { reason: 'used' } })
    return { at, arrival: arrivalOf(at, { profile, tokens: null }) }
  })
}

/** A refusal is written down. */
async function noted<T>(core: Core, caller: Caller, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) await noteRefusal(core, caller, { userId: null, code: error.code })
    throw error
  }
}
