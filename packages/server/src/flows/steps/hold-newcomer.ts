import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { untilApproved } from '../../core/users/approval.ts'
import type { User } from '../../core/users/user.ts'

type Policy = Pick<Core, 'settings'>

/** Whether accounts that people make for themselves are closed until an administrator lets them in. */
export const holdsNewcomers = ({ settings }: Policy): boolean => settings.signUp.approval

/** Until when an account that is made now is closed. Guests come and go as ever: there is nobody to look at. */
export function closedUntil(core: Policy, { isAnonymous }: Pick<User, 'isAnonymous'>): Date | null {
  return holdsNewcomers(core) && !isAnonymous ? untilApproved() : null
}

/** What becomes of a guest who is somebody from here on: a new account, which waits like any other. */
export function asSomebody(
  core: Policy,
  { isAnonymous }: Pick<User, 'isAnonymous'>,
): { readonly isAnonymous: false; readonly bannedUntil?: Date } {
  return { isAnonymous: false, ...(isAnonymous && holdsNewcomers(core) ? { bannedUntil: untilApproved() } : {}) }
}

/** What whoever made such an account is told, once it is committed. */
export function awaitingApproval(): Refusal {
  return new Refusal('user_banned', {
    message: 'New accounts wait here until an administrator lets them in.',
    details: { until: untilApproved().toISOString(), reason: 'approval' },
  })
}
