import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { record } from './manage-keys.ts'

/** Lets a failed or postponed message go now. @throws Refusal `not_found`, `conflict` when it has left */
export async function retryMessage(core: Core, caller: Caller, actor: Actor, id: string): Promise<void> {
  await core.transaction(async (tx) => {
    await tx.outboxAdmin.retry(id)
    await record(tx, caller, actor, { action: 'message.retried', type: 'message', id })
  })
  core.wakeOutbox()
}

/** Drops a message. @throws Refusal `not_found` */
export async function dropMessage(core: Core, caller: Caller, actor: Actor, id: string): Promise<void> {
  await core.transaction(async (tx) => {
    await tx.outboxAdmin.remove(id)
    await record(tx, caller, actor, { action: 'message.dropped', type: 'message', id })
  })
}
