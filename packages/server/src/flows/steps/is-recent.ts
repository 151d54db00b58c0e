import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'

/** Whether the last proof of a session is recent. Refreshing is none; what a personal access token or an administrator opened proves nobody. */
export function isRecent(core: Pick<Core, 'settings' | 'runtime'>, session: Session): boolean {
  if (session.accessKeyId !== null || session.actorId !== null) return false
  return core.runtime.now().getTime() - session.provedAt.getTime() <= core.settings.sessions.recent * 1000
}
