import type { Socket } from 'socket.io'
import { Refusal } from '../../../base/errors.ts'
import type { Core } from '../../../core/core.ts'
import type { UserEvent } from '../../../core/events/user-event.ts'
import type { JsonObject } from '../../../core/users/user.ts'
import { presentSession } from '../present.ts'
import type { Holder } from '../session-token.ts'
import { eventNames, isOfSession, presentEventSession } from './present-event.ts'

/** Tells a socket what happens to its user, until it leaves or its session ends. */
export function tellUser(core: Core, socket: Socket, holder: Holder): void {
  const { user, session } = holder
  const done: { leave?: () => void; last: Promise<void> } = { last: Promise.resolve() }
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
  socket.once('disconnect', () => done.leave?.())
  core.feed
    .watch({
      userId: user.id,
      sessionId: session.id,
      tell: (event) => then(() => tell(event)),
      // Whoever was told to go stays away; whoever lost the connection comes back, to another process.
      end: (why) => then(() => void (why === 'session' ? socket.disconnect(true) : socket.conn.close())),
    })
    .then(
      ({ leave }) => {
        done.leave = leave
        if (!socket.connected) leave()
      },
      // As above: who has too many stays away, who came while nothing could be read comes back.
      (error: unknown) => void (isLimit(error) ? socket.disconnect(true) : socket.conn.close()),
    )
}

const isLimit = (error: unknown): boolean => error instanceof Refusal && error.code === 'limit_reached'

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
