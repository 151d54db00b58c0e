import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'

/** Runs jobs a few at a time and keeps a bounded number waiting, first come first served. */
export interface JobQueue {
  /**
   * Runs the job when its turn comes.
   * @param isGone asked then: where nobody waits for the answer any more, the job is never started.
   * @throws Refusal `unavailable` with `retryAfter` when the queue is full or closed, when the job waited too long, or
   * when its caller is gone.
   */
  run<T>(job: () => Promise<T>, isGone?: IsGone): Promise<T>
  /** Refuses what waits and whatever comes later, and resolves when what runs is done. */
  close(): Promise<void>
  stats(): { readonly running: number; readonly waiting: number }
}

/** Whether nobody waits for an answer any more. */
export type IsGone = () => boolean

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
  readonly isGone: IsGone | undefined
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
      if (entry.isGone?.() === true) entry.refuse(busy('caller_gone'))
      else if (runtime.now().getTime() - entry.since > maxWait) entry.refuse(busy('waited_too_long'))
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

  function wait<T>(job: () => Promise<T>, isGone: IsGone | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.add({
        since: runtime.now().getTime(),
        isGone,
        start: () => void start(job).then(resolve, reject),
        refuse: reject,
      })
    })
  }

  return {
    async run(job, isGone) {
      if (closed) throw busy('closed')
      if (running.size < parallel) return start(job)
      if (waiting.size >= queue) throw busy('queue_full')
      return wait(job, isGone)
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
