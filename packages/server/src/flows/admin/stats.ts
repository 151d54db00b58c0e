import type { Core } from '../../core/core.ts'

export interface Stats {
  /** An estimate; never counted. */
  readonly users: number
  readonly newUsers: number
  readonly signIns: { readonly ok: number; readonly refused: number }
  readonly outbox: { readonly waiting: number; readonly oldestAt: Date | undefined }
}

/** What happened between two instants, from the audit log, and how the outbox stands now. */
export async function readStats(core: Core, { from, to }: { readonly from: Date; readonly to: Date }): Promise<Stats> {
  const counted = (action: string) => core.audit.count({ actions: [action], after: from, before: to })
  const [users, newUsers, ok, refused, depth] = await Promise.all([
    core.userSearch.estimate(),
    counted('user.created'),
    counted('session.opened'),
    counted('session.refused'),
    core.outboxAdmin.depth(),
  ])
  return { users, newUsers, signIns: { ok, refused }, outbox: { waiting: depth.waiting, oldestAt: depth.oldest } }
}
