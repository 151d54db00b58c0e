import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant, openSession } from '../session/open.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { createAccount, type NewAccount } from '../steps/create-account.ts'

/**
 * Signs a guest in: an account without an address, which may become a full one later and keeps its id then.
 * @throws Refusal `signup_disabled` (`details.reason` `anonymous` where only guests are switched off), `over_request_rate_limit`
 */
export async function signUpAnonymously(core: Core, caller: Caller, about: NewAccount): Promise<Grant> {
  if (!core.settings.signUp.anonymous) throw new Refusal('signup_disabled', { details: { reason: 'anonymous' } })
  if (!core.settings.signUp.enabled) throw new Refusal('signup_disabled')
  refuseLarge(core, about.metadata)
  refuseOver(
    await core.limits.take([{ key: `anonymous:${caller.network}`, rate: core.settings.limits.anonymous }]),
    'over_request_rate_limit',
  )
  const opened = await core.transaction(async (tx) => {
    const user = await createAccount(tx, caller, {
      address: undefined,
      confirmed: false,
      passwordHash: null,
      way: 'anonymous',
      about,
    })
    if (user === undefined) throw new Error('a guest was not created')
    return openSession(tx, caller, { user, amr: [{ method: 'anonymous', provider: null }], isNewUser: true })
  })
  return grant(core, opened)
}
