import type { Runtime } from '../../base/runtime.ts'
import type { HashStage } from './hasher.ts'
import { busy, createJobQueue, type IsGone, type JobQueue } from './job-queue.ts'

/** Who may go on towards a hash, and who waits for it. */
export interface Turns {
  /** As `turn` of the hasher. */
  take(stage: HashStage, isGone?: IsGone): Promise<() => void>
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
  // Made once: the trace of each would cost as much as all the rest of turning somebody away.
  const full = busy('queue_full')
  const inside = ({ running, waiting }: ReturnType<JobQueue['stats']>) => running + waiting

  return {
    async take(stage, isGone) {
      if (stage === 'count' && inside(lines.count.stats()) + inside(lines.compare.stats()) >= places) throw full
      return new Promise((resolve, reject) => {
        lines[stage].run(() => new Promise<void>((leave) => resolve(leave)), isGone).catch(reject)
      })
    },
    waiting: () => lines.count.stats().waiting + lines.compare.stats().waiting,
    close() {
      // Those inside end by themselves: nobody waits for them here.
      for (const each of Object.values(lines)) each.close().catch(() => {})
    },
  }
}
