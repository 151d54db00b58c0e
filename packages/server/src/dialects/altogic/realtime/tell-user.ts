import type { Socket } from 'socket.io'
import type { Core } from '../../../core/core.ts'
import type { UserEvent } from '../../../core/events/user-event.ts'
import type { JsonObject } from '../../../core/users/user.ts'
import { presentSession } from '../present.ts'
import type { Holder } from '../session-token.ts'
import { eventNames, isOfSession, presentEventSession } from './present-event.ts'

/**
 * Tells a socket what happens to its user, until it leaves or its session ends. It begins before the socket is connected, so
 * that whoever is connected misses nothing; what happens until then waits.
 * @returns what to call once it is connected
 * @throws Refusal `limit_reached` when the user has as many as allowed, `unavailable`
 */
export async function tellUser(core: Core, socket: Socket, holder: Holder): Promise<() => void> {
  const { user, session } = holder
  const start: { begin: () => void } = { begin: () => undefined }
  const connected = new Promise<void>((resolve) => {
    start.begin = resolve
  })
  const done: { leave?: () => void; last: Promise<void>; isGone: boolean } = { last: connected, isGone: false }
  /** In turn, although some of it has to be looked up first. */
  const then = (work: () => Promise<void> | void): void => {
    done.last = done.last.then(work).catch((err: unknown) => {
      core.runtime.log.debug({ err }, 'a socket was not told')
    })
  }
  const tell = async (event: UserEvent): Promise<void> => {
    const names = eventNames(event)
    if (names.length === 0) return
    const about = await sessionOf(core, event, holder)
    for (const name of names) socket.emit(name, name, about)
  }
  const leave = (): void => {
    done.isGone = true
    done.leave?.()
  }
  socket.once('disconnect', leave)
  // A socket that is gone before it was connected says nothing of it.
  socket.conn.once('close', leave)
  const watching = await core.feed.watch({
    userId: user.id,
    sessionId: session.id,
    tell: (event) => then(() => tell(event)),
    // Whoever was told to go stays away; whoever lost the connection comes back, to another process.
    end: (why) => then(() => void (why === 'session' ? socket.disconnect(true) : socket.conn.close())),
  })
  done.leave = watching.leave
  if (done.isGone || socket.conn.readyState !== 'open') watching.leave()
  return start.begin
}

/** The session an event speaks of, or the one it was caused in. Its holder knows it by its token, others by its id. */
async function sessionOf(core: Core, event: UserEvent, own: Holder): Promise<JsonObject | null> {
  const { sessionId, userId, type } = event
  // A new address is put in place by a link, which is followed in no session.
  if (sessionId === null || type === 'email.changed') return null
  const token = sessionId === own.session.id ? own.token : sessionId
  if (isOfSession(event)) return presentEventSession(event, token)
  if (sessionId === own.session.id) return presentSession(own.session, token)
  const found = await core.sessions.findLive(sessionId, userId)
  return found === undefined ? null : presentSession(found.session, token)
}
