import type { UserEvent } from '../api/types.ts'
import { isAuthError } from '../base/auth-error.ts'
import type { Client } from '../client.ts'
import { type Inside, insideOf } from '../inside.ts'
import { readStream } from './read-stream.ts'

/** What happens to an account, live, on all its devices. */
export interface UserEvents {
  /**
   * Calls back with everything that happens to the account of whoever is signed in: here, on other devices, by an
   * administrator. The connection is made for the first listener and closed with the last; when it breaks it is made again,
   * and what was missed comes first. Pages that nobody looks at close it after a while and catch up when they are seen again.
   * @returns the way to stop
   * @example
   * const stop = events.onUserEvent(({ type, sessionId }) => show(type, sessionId))
   */
  onUserEvent(listener: (event: UserEvent) => void): () => void
}

const firstPause = 1_000
const longestPause = 30_000
/** Where asking again soon would be no use. */
const refusedPause = 60_000
/** The server says every 25 seconds that it is still there. */
const silence = 60_000
const hiddenAfter = 45_000
/** Ids of events that may come twice. */
const remembered = 200

/**
 * Live events of a client. An end of its own session that comes this way signs the client out at once.
 * @throws TypeError for what is no client of this package
 * @example
 * const events = createUserEvents(auth)
 */
export function createUserEvents(client: Client<boolean>): UserEvents {
  const { runtime } = insideOf(client)
  const listeners = new Set<(event: UserEvent) => void>()
  let stop = () => {}

  const tell = (event: UserEvent) => {
    for (const listener of listeners)
      void Promise.resolve()
        .then(() => (listeners.has(listener) ? listener(event) : undefined))
        .catch((error: unknown) => globalThis.reportError?.(error))
  }

  const start = () => {
    const stream = createStream(client, tell)
    let hide = () => {}
    const looked = () => {
      hide()
      if (runtime.page?.isVisible() === false) hide = runtime.after(hiddenAfter, stream.close)
      else stream.open()
    }
    const stops = [client.onChange(({ state }) => stream.follow(userOf(state))), runtime.page?.onWake(looked)]
    stop = () => {
      hide()
      for (const each of stops) each?.()
      stream.follow(null)
    }
  }

  return {
    onUserEvent(listener) {
      // The same function twice is two listeners.
      const mine = (event: UserEvent) => listener(event)
      listeners.add(mine)
      if (listeners.size === 1) start()
      return () => {
        if (listeners.delete(mine) && listeners.size === 0) stop()
      }
    },
  }
}

const userOf = (state: Client['state']): string | null => (state.status === 'signed_in' ? state.user.id : null)

/** One connection at a time, for whoever is signed in. */
function createStream(client: Client<boolean>, tell: (event: UserEvent) => void) {
  const { runtime, plainly, sessions } = insideOf(client)
  let user: string | null = null
  let last: string | undefined
  let seen: string[] = []
  let pause = firstPause
  let end = () => {}
  let isOpen = false

  const again = (ms: number) => {
    end = runtime.after(ms, connect)
  }
  const take = (text: string) => {
    const event = JSON.parse(text) as UserEvent
    if (seen.includes(event.id) || event.userId !== user) return
    seen = [event.id, ...seen].slice(0, remembered)
    tell(event)
    const state = client.state
    if (event.type === 'session.ended' && state.status === 'signed_in' && state.session.id === event.sessionId)
      void sessions.clear('session_not_found')
  }
  const connect = () => {
    const connection = openConnection({ runtime, plainly }, last, (block) => {
      pause = firstPause
      last = block.id ?? last
      if (block.data !== undefined) take(block.data)
    })
    end = connection.close
    void connection.over.then((wait) => {
      if (end !== connection.close) return
      again(wait ?? pause * (0.5 + (runtime.random(1)[0] ?? 0) / 512))
      pause = Math.min(pause * 2, longestPause)
    })
  }
  const close = () => {
    isOpen = false
    end()
    end = () => {}
  }
  const open = () => {
    if (isOpen || user === null) return
    isOpen = true
    pause = firstPause
    connect()
  }

  return {
    close,
    open,
    /** Whose events are wanted from here on; null for nobody's. */
    follow(next: string | null) {
      if (next === user) return
      close()
      user = next
      last = undefined
      seen = []
      open()
    },
  }
}

type Block = Parameters<Parameters<typeof readStream>[2]>[0]

/** @returns how to close it, and when it is over: with the milliseconds to wait, where the server's answer says that */
function openConnection(
  { runtime, plainly }: Pick<Inside, 'runtime' | 'plainly'>,
  last: string | undefined,
  take: (block: Block) => void,
): { close(): void; readonly over: Promise<number | undefined> } {
  let isClosed = false
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let unwatch = () => {}
  const close = () => {
    isClosed = true
    unwatch()
    reader?.cancel().catch(() => undefined)
  }
  const heard = () => {
    unwatch()
    unwatch = runtime.after(silence, () => void reader?.cancel().catch(() => undefined))
  }
  const run = async (): Promise<number | undefined> => {
    try {
      const headers = last === undefined ? {} : { 'last-event-id': last }
      // Nobody waits for a stream, so nobody is asked for a proof because of one.
      const response = await plainly<Response>({ method: 'GET', path: '/me/events', headers, raw: true })
      reader = response.body?.getReader()
      // Where an answer cannot be read as it comes there is nothing to hear.
      if (reader === undefined) return refusedPause
      if (isClosed) close()
      heard()
      await readStream(reader, heard, (block) => isClosed || take(block))
      return undefined
    } catch (error) {
      if (!isAuthError(error) || error.status === 0 || error.status >= 500) return undefined
      return error.retryAfter === null ? refusedPause : error.retryAfter * 1_000
    } finally {
      unwatch()
    }
  }
  return { close, over: run() }
}
