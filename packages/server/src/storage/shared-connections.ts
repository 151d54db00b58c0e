import type pg from 'pg'

/** One statement that waits for a connection. */
export interface Job {
  /** Sends it, and settles whoever waits for it. */
  start(client: pg.PoolClient): Promise<unknown>
  /** There is no connection to be had. */
  fail(error: unknown): void
}

/** Most statements that one connection takes at a time: a slow one keeps those behind it waiting. */
const together = 4

type Take = Parameters<pg.Pool['connect']>[0]

/**
 * Gives out connections to single statements. What is asked for in one turn of the event loop shares a connection by up to
 * four, in one packet, and so does what waits for a connection: packets and the wakings they cause are most of what a
 * small statement costs. Each statement is a transaction of its own all the same.
 */
export function createSharedConnections(pool: pg.Pool, size: number): (job: Job) => void {
  const waiting: Job[] = []
  const state = { asked: 0, isDue: false }

  const take: Take = (error, client, release) => {
    state.asked -= 1
    const jobs = waiting.splice(0, Math.min(together, Math.ceil(waiting.length / (state.asked + 1))))
    if (client === undefined) for (const job of jobs) job.fail(error)
    else serve(client, jobs).then(release, release)
    ask()
  }
  const ask = (): void => {
    const wanted = Math.min(size, Math.ceil(waiting.length / together))
    while (state.asked < wanted) {
      state.asked += 1
      pool.connect(take)
    }
  }
  const turn = (): void => {
    state.isDue = false
    ask()
  }

  return (job) => {
    waiting.push(job)
    if (state.isDue) return
    state.isDue = true
    setImmediate(turn)
  }
}

/** @returns the error that broke the connection, if one did */
async function serve(client: pg.PoolClient, jobs: readonly Job[]): Promise<Error | undefined> {
  const broken: { error?: Error } = {}
  const notice = (error: Error) => {
    broken.error = error
  }
  client.on('error', notice)
  const { stream } = (client as unknown as { readonly connection: pg.Connection }).connection
  stream.cork()
  const answers = jobs.map((job) => job.start(client))
  stream.uncork()
  await Promise.allSettled(answers)
  client.off('error', notice)
  return broken.error
}
