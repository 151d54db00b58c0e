import { later } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { schemeOf } from '../../core/passwords/parse-hash.ts'
import type { User } from '../../core/users/user.ts'
import { addressKeysOf } from '../attempt/addresses.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { clearLocks, codeTakesOf, passwordAccountTake, passwordTake } from '../steps/guesses.ts'

/** A user with what only looking closer tells. */
export interface UserDescription {
  readonly user: User
  readonly activeSessions: number
  /** Until when too many wrong passwords or codes keep the account closed, whoever tries. */
  readonly lockedUntil: Date | null
  readonly passwordScheme: ReturnType<typeof schemeOf>
}

/** Looks at one user closely. @throws Refusal `user_not_found` */
export async function describeUser(core: Core, id: string): Promise<UserDescription> {
  const record = await core.users.findForSignIn({ id })
  if (record === undefined) throw new Refusal('user_not_found')
  const [activeSessions, until] = await Promise.all([core.sessions.count(id), lockedUntil(core, record.user)])
  const passwordScheme = record.passwordHash === null ? null : schemeOf(record.passwordHash)
  return { user: record.user, activeSessions, lockedUntil: until, passwordScheme }
}

async function lockedUntil(core: Core, user: User): Promise<Date | null> {
  const standing = await core.guesses.look([
    ...codeTakesOf(core, user),
    ...addressKeysOf(core, user).map((key) => passwordTake(core, key)),
    passwordAccountTake(core, user.id),
  ])
  const waits = standing.filter((each) => each.remaining === 0).map((each) => each.resetIn)
  return waits.length === 0 ? null : later(core.runtime.now(), Math.max(...waits))
}

/** Opens an account again that too many wrong passwords or codes have closed. @throws Refusal `user_not_found` */
export async function unlockUser(core: Core, caller: Caller, actor: Actor, id: string): Promise<void> {
  await core.transaction(async (tx) => {
    const user = await tx.users.find(id)
    if (user === undefined) throw new Refusal('user_not_found')
    await clearLocks(tx, user, { codes: true })
    await tx.audit.record({ ...auditOf(caller, id, actor), action: 'user.unlocked', result: 'ok' })
  })
}
