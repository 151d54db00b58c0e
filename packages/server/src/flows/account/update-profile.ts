import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'

export interface ProfileChange {
  readonly displayName?: string
  readonly avatarUrl?: string | null
  readonly locale?: string
  /** Merged by key; `null` deletes one. */
  readonly metadata?: JsonObject
}

/**
 * Changes what a person says about themselves.
 * @throws Refusal `payload_too_large` when the merged metadata is over its limit, `session_not_found`
 */
export async function updateProfile(
  core: Core,
  caller: Caller,
  input: { readonly userId: string; readonly sessionId?: string; readonly change: ProfileChange },
): Promise<User> {
  const { metadata, ...plain } = input.change
  refuseLarge(core, metadata)
  return core.transaction(async (tx) => {
    const updated = await tx.users.update(input.userId, {
      ...plain,
      ...(metadata === undefined ? {} : { metadataPatch: metadata }),
    })
    if (updated === undefined || updated.deletedAt !== null) throw new Refusal('session_not_found')
    if (metadata !== undefined) refuseLarge(tx, updated.metadata)
    await tx.audit.record({
      ...auditOf(caller, input.userId),
      action: 'user.updated',
      result: 'ok',
      sessionId: input.sessionId ?? null,
      details: { fields: Object.keys(input.change) },
    })
    return updated
  })
}
