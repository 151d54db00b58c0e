import { uuidShape } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { HookJson } from '../../core/hooks/hook.ts'
import { unavailable } from '../../core/hooks/hook-failure.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { noteRefusal } from './note-refusal.ts'

type Needs = Pick<Core, 'hooks' | 'sessions' | 'audit' | 'vault'>

/** A password that was compared, right or wrong. */
export interface PasswordAttempt {
  /** The keyed digest of the address that was given. */
  readonly key: string
  /** Whose it would be; absent where nobody has the address. */
  readonly user: User | undefined
  readonly valid: boolean
}

/**
 * Tells the application of a password that was tried, where it wants to be told, and lets it say no. It is asked as well
 * where nobody is there, about an id that is nobody's and always the same for one address: neither its time nor its answer
 * tells who has an account (S10).
 * @throws Refusal `hook_rejected` (`details.reason` `password`), `hook_unavailable`
 */
export async function askAboutPassword(core: Needs, caller: Caller, attempt: PasswordAttempt): Promise<void> {
  if (!core.hooks.has('passwordVerificationAttempt')) return
  const { key, user, valid } = attempt
  const answer = await core.hooks.ask('passwordVerificationAttempt', {
    input: { user_id: user?.id ?? uuidShape(core.vault.mac('address', 'nobody', key)), valid },
    ip: caller.ip,
  })
  if (!isNo(answer)) return
  const ends = user !== undefined && answer['should_logout_user'] === true
  await refuse(core, caller, user, { ends })
  throw rejection(answer, 'password', 'Further password verification attempts will be rejected.')
}

/**
 * Tells the application of a second factor that was tried, where it wants to be told, and lets it say no: then the person is
 * signed out everywhere.
 * @throws Refusal `hook_rejected` (`details.reason` `factor`), `hook_unavailable`
 */
export async function askAboutFactor(
  core: Needs,
  caller: Caller,
  attempt: { readonly user: User; readonly factor: Pick<Factor, 'id' | 'type'>; readonly valid: boolean },
): Promise<void> {
  if (!core.hooks.has('mfaVerificationAttempt')) return
  const { user, factor, valid } = attempt
  const answer = await core.hooks.ask('mfaVerificationAttempt', {
    input: { user_id: user.id, factor_id: factor.id, factor_type: factor.type, valid },
    ip: caller.ip,
  })
  if (!isNo(answer)) return
  await refuse(core, caller, user, { ends: true })
  throw rejection(answer, 'factor', 'Further MFA verification attempts will be rejected.')
}

/** Anything but one of the two words is no answer. */
function isNo({ decision }: HookJson): boolean {
  if (decision === 'continue') return false
  if (decision === 'reject') return true
  throw unavailable('answer')
}

async function refuse(
  core: Needs,
  caller: Caller,
  user: User | undefined,
  { ends }: { readonly ends: boolean },
): Promise<void> {
  if (ends && user !== undefined) await core.sessions.endAll(user.id)
  await noteRefusal(core, caller, { userId: user?.id ?? null, code: 'hook_rejected' })
}

function rejection({ message }: HookJson, reason: 'password' | 'factor', otherwise: string): Refusal {
  const said = typeof message === 'string' && message !== '' ? message.slice(0, 1_000) : otherwise
  return new Refusal('hook_rejected', { message: said, details: { reason } })
}
