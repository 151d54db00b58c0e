import pg from 'pg'
import type { Log } from '../base/runtime.ts'
import type { Hearing, Listening } from './database.ts'

const firstPauseMs = 250
const longestPauseMs = 5_000

/**
 * Listens on a channel over a connection of its own, and makes another one whenever that is lost.
 * @param connect.url `postgres://` URL
 */
export function listenOn(
  connect: { readonly url: string; readonly log: Log },
  channel: string,
  hear: Hearing,
): Listening {
  const state: { client?: pg.Client; timer?: NodeJS.Timeout; pauseMs: number; isLive: boolean; isOver: boolean } = {
    pauseMs: firstPauseMs,
    isLive: false,
    isOver: false,
  }

  const again = (client: pg.Client, reason: string): void => {
    if (state.isOver || state.client !== client) return
    if (state.isLive) connect.log.warn({ reason }, 'the connection that listens for events was lost')
    state.isLive = false
    delete state.client
    client.end().catch(() => undefined)
    state.timer = setTimeout(open, state.pauseMs)
    state.timer.unref()
    state.pauseMs = Math.min(state.pauseMs * 2, longestPauseMs)
  }

  const open = (): void => {
    const client = new pg.Client({
      connectionString: connect.url,
      application_name: 'watchword events',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    state.client = client
    client.on('error', (error) => again(client, error.message))
    client.on('end', () => again(client, 'closed'))
    client.on('notification', ({ payload }) => hear.message(payload ?? ''))
    client
      .connect()
      .then(() => client.query(`listen ${client.escapeIdentifier(channel)}`))
      .then(
        () => {
          if (state.isOver) return
          state.isLive = true
          state.pauseMs = firstPauseMs
          hear.ready()
        },
        (error: unknown) => again(client, error instanceof Error ? error.message : 'unknown'),
      )
  }

  open()
  return {
    isLive: () => state.isLive,
    async stop() {
      state.isOver = true
      state.isLive = false
      clearTimeout(state.timer)
      await state.client?.end().catch(() => undefined)
    },
  }
}
