import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'

/** Runs jobs a few at a time and keeps a bounded number waiting, first come first served. */
export interface JobQueue {
  /**
   * Runs the job when its turn comes.
   * @param signal when aborted before its turn, the job is never started.
   * @throws Refusal `unavailable` with `retryAfter` when the queue is full or closed, when the job waited too long, or
   * when the signal was aborted.
   */
  run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Refuses what waits and whatever comes later, and resolves when what runs is done. */
  close(): Promise<void>
  stats(): { readonly running: number; readonly waiting: number }
}

/** The bounds of a queue. */
export interface JobQueueOptions {
  readonly runtime: Pick<Runtime, 'now'>
  /** How many run at once. */
  readonly parallel: number
  /** How many may wait. */
  readonly queue: number
  /** Milliseconds after which nobody is thought to wait for the answer any more. */
  readonly maxWait: number
}

interface Waiting {
  readonly since: number
  start(): void
  refuse(refusal: Refusal): void
}

/** An empty queue. Jobs fail on their own: one that throws neither stops the queue nor the others. */
export function createJobQueue({ runtime, parallel, queue, maxWait }: JobQueueOptions): JobQueue {
  const waiting = new Set<Waiting>()
  const running = new Set<Promise<unknown>>()
  let closed = false

  function next(): void {
    for (const entry of waiting) {
      if (running.size >= parallel) return
      waiting.delete(entry)
      if (runtime.now().getTime() - entry.since > maxWait) entry.refuse(busy('waited_too_long'))
      else entry.start()
    }
  }

  function start<T>(job: () => Promise<T>): Promise<T> {
    const work = job()
    const done = work
      .catch(() => {})
      .then(() => {
        running.delete(done)
        next()
      })
    running.add(done)
    return work
  }

  function wait<T>(job: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(entry)
        reject(callerGone(signal))
      }
      const entry: Waiting = {
        since: runtime.now().getTime(),
        start() {
          signal?.removeEventListener('abort', leave)
          start(job).then(resolve, reject)
        },
        refuse(refusal) {
          signal?.removeEventListener('abort', leave)
          reject(refusal)
        },
      }
      waiting.add(entry)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  return {
    async run(job, signal) {
      if (closed) throw busy('closed')
      if (signal?.aborted) throw callerGone(signal)
      if (running.size < parallel) return start(job)
      if (waiting.size >= queue) throw busy('queue_full')
      return wait(job, signal)
    },
    async close() {
      closed = true
      for (const entry of waiting) entry.refuse(busy('closed'))
      waiting.clear()
      await Promise.all(running)
    },
    stats: () => ({ running: running.size, waiting: waiting.size }),
  }
}

// A full queue of ordinary hashes is worked off in one to three seconds.
const retryAfter = 2

/** There is no room for it now. */
export function busy(reason: string): Refusal {
  return new Refusal('unavailable', { retryAfter, details: { reason } })
}

function callerGone(signal: AbortSignal | undefined): Refusal {
  return new Refusal('unavailable', { retryAfter, details: { reason: 'caller_gone' }, cause: signal?.reason })
}
