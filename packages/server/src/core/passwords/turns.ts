import type { Runtime } from '../../base/runtime.ts'
import type { HashStage } from './hasher.ts'
import { busy, createJobQueue, type JobQueue } from './job-queue.ts'

/** Who may go on towards a hash, and who waits for it. */
export interface Turns {
  /** As `turn` of the hasher. */
  take(stage: HashStage): Promise<() => void>
  /** Those of both stages who wait. */
  waiting(): number
  /** Refuses those who wait and whoever comes later. */
  close(): void
}

/** The bounds, as of the hasher. */
export interface TurnsOptions {
  readonly runtime: Pick<Runtime, 'now'>
  readonly parallel: number
  readonly queue: number
  readonly maxWait: number
}

// Enough that the threads have work while the next ones wait for the database, also where it is some milliseconds away.
const abreastOfEach = 4

/** Nobody waits yet. */
export function createTurns({ runtime, parallel, queue, maxWait }: TurnsOptions): Turns {
  const places = parallel + queue
  const abreast = Math.min(places, parallel * abreastOfEach)
  const line = () => createJobQueue({ runtime, parallel: abreast, queue: places - abreast, maxWait })
  const lines: Readonly<Record<HashStage, JobQueue>> = { count: line(), compare: line() }
  const inside = ({ running, waiting }: ReturnType<JobQueue['stats']>) => running + waiting

  return {
    async take(stage) {
      if (stage === 'count' && inside(lines.count.stats()) + inside(lines.compare.stats()) >= places)
        throw busy('queue_full')
      return new Promise((resolve, reject) => {
        lines[stage].run(() => new Promise<void>((leave) => resolve(leave))).catch(reject)
      })
    },
    waiting: () => lines.count.stats().waiting + lines.compare.stats().waiting,
    close() {
      // Those inside end by themselves: nobody waits for them here.
      for (const each of Object.values(lines)) each.close().catch(() => {})
    },
  }
}
