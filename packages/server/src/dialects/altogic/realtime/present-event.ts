import type { UserEvent, UserEventType } from '../../../core/events/user-event.ts'
import type { JsonObject } from '../../../core/users/user.ts'
import { presentSession } from '../present.ts'

/** What clients call it; a change with a name of its own is a change of the user as well. */
const names: Readonly<Partial<Record<UserEventType, readonly string[]>>> = {
  'session.opened': ['user:signin'],
  'session.ended': ['user:signout'],
  'user.updated': ['user:update'],
  'user.banned': ['user:update'],
  'user.deleted': ['user:delete'],
  'password.changed': ['user:pwdchange', 'user:update'],
  'email.changed': ['user:emailchange', 'user:update'],
  'phone.changed': ['user:phonechange', 'user:update'],
}

/** The names under which an event is told; none where clients know no such thing. */
export function eventNames({ type }: Pick<UserEvent, 'type'>): readonly string[] {
  return names[type] ?? []
}

/** Whether the event is about its session, of which it then holds all there is to tell. */
export function isOfSession({ type }: Pick<UserEvent, 'type'>): boolean {
  return type === 'session.opened' || type === 'session.ended'
}

/** The session of an event that was opened or ended. @param token what its holder shows, or its id for all others */
export function presentEventSession({ userId, at, data }: UserEvent, token: string): JsonObject {
  const { createdAt, userAgent } = data
  const known = typeof createdAt === 'string' ? new Date(createdAt) : at
  return presentSession(
    { userId, createdAt: known, userAgent: typeof userAgent === 'string' ? userAgent : null },
    token,
  )
}
