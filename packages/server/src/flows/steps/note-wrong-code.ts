import type { ErrorCode } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Purpose } from '../../core/tickets/ticket.ts'
import type { Caller } from '../caller.ts'
import { codeTake } from './guesses.ts'
import { noteRefusal } from './note-refusal.ts'
import { notify } from './notice.ts'

/**
 * A code did not fit: that is written down, and when it was the last one the account may miss for now, its owner is told,
 * once.
 * @param wrong.account what its tries are counted under
 */
export async function noteWrongCode(
  core: Core,
  caller: Caller,
  wrong: {
    readonly userId: string | null
    readonly account: string
    readonly purpose: Purpose | undefined
    /** What it is refused with. Default `otp_expired`. */
    readonly code?: ErrorCode
  },
): Promise<void> {
  const { userId, account, purpose, code = 'otp_expired' } = wrong
  const details = purpose === undefined ? {} : { details: { purpose } }
  await noteRefusal(core, caller, { userId, code, ...details })
  if (userId === null) return
  const [standing] = await core.guesses.look([codeTake(core, account)])
  if (standing !== undefined && standing.remaining === 0) await tellOnce(core, caller, userId)
}

async function tellOnce(core: Core, caller: Caller, userId: string): Promise<void> {
  const rate = { limit: 1, seconds: core.settings.limits.codesAccount.seconds }
  const [told] = await core.limits.take([{ key: `told-locked:${userId}`, rate }])
  const user = told?.over === false ? await core.users.find(userId) : undefined
  if (user === undefined) return
  await core.transaction((tx) => notify(tx, caller, { user, template: 'sign_in_locked' }))
  core.wakeOutbox()
}
