import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { hookUser } from './hook-user.ts'

/** Tells the application of a new account, where it wants to be told: once it is committed, and until it listens. */
export async function tellUserCreated(
  tx: Pick<Core, 'hooks' | 'outbox' | 'settings'>,
  { ip }: Pick<Caller, 'ip'>,
  user: User,
): Promise<void> {
  if (!tx.hooks.has('afterUserCreated')) return
  await tx.outbox.enqueue([
    {
      channel: 'hook',
      to: '',
      template: 'after_user_created',
      userId: user.id,
      values: { user: hookUser(user, tx), ...(ip === null ? {} : { ip }) },
    },
  ])
}
