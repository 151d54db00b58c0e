import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { TotpSetup } from '../../core/factors/totp.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { challengeFactor } from './challenge.ts'
import { passFactorQuietly } from './pass.ts'
import { proveFactor } from './prove.ts'
import { removeFactor } from './remove.ts'
import { setUpFactor } from './set-up.ts'

interface Whose {
  readonly user: User
  readonly session: Session
}

/** For clients that know one authenticator app and switch it on and off. */
const appsOf = ({ factors }: User, status: Factor['status']): Factor | undefined =>
  factors.findLast((factor) => factor.type === 'totp' && factor.status === status)

/** The authenticator app that protects the account, if there is one. */
export const appOf = (user: User): Factor | undefined => appsOf(user, 'verified')

/** Whether an authenticator app protects the account. */
export const hasApp = (user: User): boolean => appOf(user) !== undefined

/**
 * A seed for an authenticator app that is not switched on yet; one before it that was not either is dead.
 * @throws Refusal `conflict` where one is on, and as setting up a factor does
 */
export async function prepareApp(core: Core, caller: Caller, input: Whose & { issuer: string }): Promise<TotpSetup> {
  if (hasApp(input.user)) throw switchedOn()
  const { shown } = await setUpFactor(core, caller, { ...input, type: 'totp', name: undefined, replaces: true })
  if (shown.totp === undefined) throw new Error('a seed was made and not shown')
  return shown.totp
}

/**
 * Switches the prepared app on with its first code. The session rises and keeps its tokens.
 * @throws Refusal `conflict` where one is on, `not_found` where none is prepared, `mfa_verification_failed`, `over_attempt_limit`
 */
export async function switchAppOn(core: Core, caller: Caller, input: Whose & { readonly code: string }): Promise<void> {
  if (hasApp(input.user)) throw switchedOn()
  const factor = appsOf(input.user, 'unverified')
  if (factor === undefined) throw new Refusal('not_found')
  await proveQuietly(core, caller, { ...input, factor })
}

/**
 * Switches the app off with a code of it.
 * @throws Refusal `not_found` where none is on, `mfa_verification_failed`, `over_attempt_limit`
 */
export async function switchAppOff(
  core: Core,
  caller: Caller,
  input: Whose & { readonly code: string },
): Promise<void> {
  const factor = appOf(input.user)
  if (factor === undefined) throw new Refusal('not_found')
  const session = await proveQuietly(core, caller, { ...input, factor })
  await removeFactor(core, caller, { user: input.user, session, factorId: factor.id })
}

async function proveQuietly(
  core: Core,
  caller: Caller,
  input: Whose & { readonly code: string; readonly factor: Factor },
): Promise<Session> {
  const { user, session, factor, code } = input
  const ticket = await challengeFactor(core, caller, { user, session, factor })
  return proveFactor(core, caller, { ticket, factor, user, said: { code } }, (tx, proved) =>
    passFactorQuietly(tx, caller, { ...proved, ticket, session }),
  )
}

const switchedOn = (): Refusal => new Refusal('conflict', { message: 'An authenticator app is switched on already.' })
