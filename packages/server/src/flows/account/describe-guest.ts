import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { chosenDefault, chosenLocale, chosenRoles, refuseLarge } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'
import type { NewAccount } from '../steps/create-account.ts'

/**
 * Takes what a guest says about the account that they are about to have, as a sign-up would: also its roles, of those that
 * may be chosen. Metadata is merged by key; what is not said stays. The roles count once somebody is behind the account.
 * @throws Refusal `validation_failed`, `payload_too_large` when the merged metadata is over its limit, `conflict` for whoever
 * is no guest any more
 */
export async function describeGuest(
  core: Core,
  caller: Caller,
  input: { readonly userId: string; readonly sessionId: string; readonly about: NewAccount },
): Promise<User> {
  const { userId, sessionId, about } = input
  const { displayName, locale, metadata, roles, defaultRole } = about
  refuseLarge(core, metadata)
  const changes = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(locale === undefined ? {} : { locale: chosenLocale(core, locale) }),
    ...(metadata === undefined ? {} : { metadataPatch: metadata }),
    ...(roles === undefined ? {} : { roles: chosenRoles(core, roles) }),
    ...(roles === undefined && defaultRole === undefined ? {} : { defaultRole: chosenDefault(core, about) }),
  }
  return core.transaction(async (tx) => {
    const guest = await tx.users.lock(userId)
    if (guest?.isAnonymous !== true) throw new Refusal('conflict')
    const described = await tx.users.update(userId, changes)
    if (described === undefined) throw new Refusal('conflict')
    refuseLarge(tx, described.metadata)
    await tx.audit.record({
      ...auditOf(caller, userId),
      action: 'user.updated',
      result: 'ok',
      sessionId,
      details: { fields: Object.keys(changes) },
    })
    return described
  })
}
