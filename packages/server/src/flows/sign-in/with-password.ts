import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import type { Address, SignInRecord } from '../../core/users/users.ts'
import { addressKey } from '../attempt/addresses.ts'
import type { Progress } from '../attempt/progress.ts'
import { refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { arrive, type Entered, enter } from '../session/enter.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { namesOf } from '../steps/account-policy.ts'
import { askAboutPassword } from '../steps/ask-about-attempt.ts'
import { isBreached } from '../steps/breached.ts'
import { refuseEvenly } from '../steps/even-time.ts'
import { countPasswordTry, forgiveTries, passwordTakes, takeBackTry } from '../steps/guesses.ts'
import { noteRefusal } from '../steps/note-refusal.ts'

export interface PasswordSignIn {
  readonly address: Address
  readonly password: string
}

export type PasswordOutcome =
  | Progress
  /** The password is right, the address was never proved. */
  | { readonly kind: 'unconfirmed'; readonly user: User; readonly address: Address }

/**
 * Signs in with address and password. Every failure looks the same and costs one hash; what state an account is in is
 * told only to whoever knows its password.
 * @throws Refusal `invalid_credentials`, `user_banned`, `provider_disabled`, `hook_rejected`, `hook_unavailable`, `over_attempt_limit`, `over_request_rate_limit`, `unavailable`
 */
export async function signInWithPassword(core: Core, caller: Caller, input: PasswordSignIn): Promise<PasswordOutcome> {
  refusePhoneOff(core, input.address)
  const leave = await core.hasher.turn('compare', caller.isGone)
  return refuseEvenly(() => comparePassword(core, caller, input, leave).finally(leave))
}

/** @param compared is called when the password is: what follows is no work for those who hash */
async function comparePassword(
  core: Core,
  caller: Caller,
  input: PasswordSignIn,
  compared: () => void,
): Promise<PasswordOutcome> {
  const key = addressKey(core, input.address)
  const record = await core.users.findForSignIn(input.address)
  const takes = passwordTakes(core, caller, { addressKey: key, userId: record?.user.id })
  const standing = await countPasswordTry(core, takes)
  const stored = standing.some(({ over }) => over) ? null : usableHash(record)
  const verdict = await core.hasher.verify(stored, input.password).catch(async (error: unknown) => {
    await takeBackTry(core, takes)
    throw error
  })
  compared()
  const valid = verdict.ok && record !== undefined
  // The try counts whatever becomes of it: a hook that fails at wrong passwords alone would tell them apart for nothing.
  await askAboutPassword(core, caller, { key, user: record?.user, valid })
  if (!verdict.ok || record === undefined) return refuse(core, caller, record?.user)
  const { user } = record
  if (user.bannedUntil !== null && user.bannedUntil > core.runtime.now())
    await noteRefusal(core, caller, { userId: user.id, code: 'user_banned' })
  refuseUnwelcome(user, core.runtime.now())
  if (!isConfirmed(user, input.address)) {
    await forgiveTries(core, takes)
    return { kind: 'unconfirmed', user, address: input.address }
  }
  const better = verdict.needsRehash ? await core.hasher.hash(input.password) : undefined
  const weakPassword = await weaknessesOf(core, user, input.password)
  return arrive(core, await enterWith(core, caller, { record, better, takes, weakPassword }))
}

/** A password that would not be taken today is told to its owner, and works. */
async function weaknessesOf(core: Core, user: User, password: string): Promise<readonly string[]> {
  const reasons = core.judgePassword(password, [user.email, user.phone, ...namesOf(user)])
  return (await isBreached(core, password, 'report')) ? [...reasons, 'breached'] : reasons
}

/** The account changed between the look at its password and the session. */
class Stale extends Error {}

interface Proved {
  readonly record: SignInRecord
  /** A stronger hash of the same password. */
  readonly better: string | undefined
  readonly takes: ReturnType<typeof passwordTakes>
  readonly weakPassword: readonly string[]
}

function enterWith(core: Core, caller: Caller, { record, better, takes, weakPassword }: Proved): Promise<Entered> {
  const { user, passwordHash } = record
  const work = async (tx: Core): Promise<Entered> => {
    if (better !== undefined && passwordHash !== null) await tx.users.upgradeHash(user.id, passwordHash, better)
    const amr = [{ method: 'password', provider: null }]
    const forgiven = forgiveTries(tx, takes)
    // Where nobody gets in this fails too, and knows less of why.
    forgiven.catch(() => undefined)
    const entered = await enter(tx, caller, { user, amr, weakPassword })
    await forgiven
    const now = entered.kind === 'opened' ? entered.opened.user : entered.user
    // Whoever changed the password while this one was compared has ended all sessions, and this one is no exception.
    if (now.passwordChangedAt?.getTime() !== user.passwordChangedAt?.getTime()) throw new Stale()
    return entered
  }
  return core.transaction(work).catch((error: unknown) => {
    const isGone = error instanceof Refusal && error.code === 'user_not_found'
    if (error instanceof Stale || isGone) return refuse(core, caller, isGone ? undefined : user)
    throw error
  })
}

/** Whom a password opens nothing for is compared all the same. */
function usableHash(record: SignInRecord | undefined): string | null {
  return record === undefined || record.user.deletedAt !== null || record.user.isSso ? null : record.passwordHash
}

function isConfirmed(user: User, address: Address): boolean {
  return 'email' in address ? user.emailConfirmedAt !== null : user.phoneConfirmedAt !== null
}

async function refuse(core: Core, caller: Caller, user: User | undefined): Promise<never> {
  await noteRefusal(core, caller, { userId: user?.id ?? null, code: 'invalid_credentials' })
  throw new Refusal('invalid_credentials')
}
