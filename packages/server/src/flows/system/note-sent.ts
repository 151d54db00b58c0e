import type { Core } from '../../core/core.ts'
import type { ClaimedMessage } from '../../core/notifications/outgoing.ts'
import { countSent } from '../steps/count-texts.ts'

/**
 * An account remembers when its last message of a kind left. Written when it has left and not by whoever asked for it:
 * an address that nobody has costs a request as much as any other (S13).
 */
export async function noteSent(
  core: Pick<Core, 'users' | 'runtime' | 'limits'>,
  { template, userId }: Pick<ClaimedMessage, 'template' | 'userId'>,
): Promise<void> {
  if (template === 'sms_code') await countSent(core)
  if (userId === undefined) return
  const now = core.runtime.now()
  if (template === 'recovery' || template === 'sign_in') await core.users.update(userId, { recoverySentAt: now })
  if (template === 'sign_up') await core.users.update(userId, { confirmationSentAt: now })
}
