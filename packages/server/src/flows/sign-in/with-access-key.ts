import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant, openSession, refuseUnwelcome } from '../session/open.ts'
import { noteRefusal } from '../steps/note-refusal.ts'

const longest = 128

/**
 * Opens a session for whoever holds a personal access token. It is `aal1` whatever the account could reach: a program has
 * no second factor, and what needs one stays closed to it (S104).
 * @throws Refusal `access_key_invalid`, `user_banned`, `over_request_rate_limit`
 */
export async function signInWithAccessKey(core: Core, caller: Caller, text: string): Promise<Grant> {
  const rate = core.settings.limits.answerNetwork
  refuseOver(await core.limits.take([{ key: `access-key:${caller.network}`, rate }]), 'over_request_rate_limit')
  const key = text.length > longest ? undefined : await core.accessKeys.use(text)
  const user = key === undefined ? undefined : await core.users.find(key.userId)
  if (user === undefined || user.deletedAt !== null) {
    await noteRefusal(core, caller, { userId: null, code: 'access_key_invalid' })
    throw new Refusal('access_key_invalid')
  }
  refuseUnwelcome(user, core.runtime.now())
  const opened = await core.transaction((tx) =>
    openSession(tx, caller, { user, amr: [{ method: 'access_key', provider: null }] }),
  )
  return grant(core, opened)
}
