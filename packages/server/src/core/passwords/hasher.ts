import { availableParallelism } from 'node:os'
import { invalid } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import { createHashThreads } from './hash-threads.ts'
import { createJobQueue, type IsGone } from './job-queue.ts'
import { matchesHash } from './match-hash.ts'
import { normalForm } from './normal-form.ts'
import { parseHash } from './parse-hash.ts'
import type { StoredHash } from './stored-hash.ts'
import { createTurns } from './turns.ts'
import type { Work } from './work.ts'

/** How a hash is made. */
export interface NewHashOptions {
  /** Another hash of the same account: where it is one of today's, its salt is taken, and equal passwords give equal text. */
  readonly like?: string | null | undefined
}

/** `needsRehash`: the password is right, and its hash is of another scheme or weaker than today's. */
export interface Verdict {
  readonly ok: boolean
  readonly needsRehash: boolean
}

/**
 * What is about to be done for a hash: `count`, where it is found out whether it may be asked for at all, and `compare`,
 * what is looked up for it and itself. Whoever has passed the first is not refused for those who come to it later.
 */
export type HashStage = 'count' | 'compare'

/**
 * Hashes and checks passwords off the event loop. Every function throws Refusal `unavailable` with `retryAfter` when
 * more work waits than the queue holds, or the work waited too long.
 */
export interface Hasher {
  /**
   * An argon2id hash of the password's normal form, as a PHC string.
   * @throws Refusal `validation_failed` for more than 256 code points or malformed Unicode.
   */
  hash(password: string, options?: NewHashOptions): Promise<string>
  /**
   * Whether the password fits the stored hash. Never throws about the password: over-long input, an unknown user
   * (`null`) and an unreadable hash are wrong passwords which cost one hash at current parameters.
   * A hash of another scheme costs what that scheme costs, until its owner signs in and it is replaced.
   */
  verify(stored: string | null, password: string): Promise<Verdict>
  /**
   * Waits until a piece of work that ends in a hash may go on. Few may at once, so that a crowd of them does not stand
   * before everybody else at the database; what cannot be hashed in time is refused while it has cost nothing.
   * @param isGone asked when the turn comes: nothing is done for whoever has stopped waiting
   * @returns gives the place back; to be called in the end, whatever becomes of the work, and as often as one likes
   * @throws Refusal `unavailable` with `retryAfter` when as many places are taken as hashes may run and wait
   */
  turn(stage: HashStage, isGone?: IsGone): Promise<() => void>
  /** Refuses what waits, finishes what runs, ends the threads. */
  close(): Promise<void>
  stats(): { readonly running: number; readonly waiting: number }
}

/** How much may be hashed at once, how much may wait, and how costly a new hash is. */
export interface HasherOptions {
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  /** Hashes computed at once; default one for each core, at least 2, at most 16. */
  readonly parallel?: number
  /** Jobs that may wait; default 256. */
  readonly queue?: number
  /** Milliseconds a job may wait before it is dropped; default 10,000. */
  readonly maxWait?: number
  /** argon2 memory in KiB; default and floor 19,456. */
  readonly memoryKiB?: number
  /** argon2 passes; default and floor 2. */
  readonly passes?: number
}

const floor = { memoryKiB: 19_456, passes: 2, lanes: 1, length: 32, salt: 16 } as const

/** @throws RangeError for argon2 parameters below the floor, or above what an import may have. */
export function createHasher(options: HasherOptions): Hasher {
  const { runtime, queue = 256, maxWait = 10_000, memoryKiB = floor.memoryKiB, passes = floor.passes } = options
  const parallel = options.parallel ?? Math.min(16, Math.max(2, availableParallelism()))
  if (memoryKiB < floor.memoryKiB || memoryKiB > 262_144) throw new RangeError('memoryKiB: 19456 to 262144')
  if (passes < floor.passes || passes > 10) throw new RangeError('passes: 2 to 10')

  const threads = createHashThreads()
  const jobs = createJobQueue({ runtime, parallel, queue, maxWait })
  const turns = createTurns({ runtime, parallel, queue, maxWait })
  const decoy = currentWork(Buffer.from('-'))

  function currentWork(password: Buffer): Extract<Work, { kind: 'argon2' }> {
    const { lanes, length } = floor
    const salt = runtime.randomBytes(floor.salt)
    return { kind: 'argon2', variant: 'argon2id', password, salt, memoryKiB, passes, lanes, length }
  }

  function isCurrent(hash: StoredHash): boolean {
    if (hash.scheme !== 'argon2id' || hash.variant !== 'argon2id' || hash.lanes !== floor.lanes) return false
    const longEnough = hash.salt.length >= floor.salt && hash.output.length >= floor.length
    return longEnough && hash.memoryKiB >= memoryKiB && hash.passes >= passes
  }

  function saltLike(stored: string | null | undefined): { readonly salt?: Uint8Array } {
    const hash = stored == null ? null : readable(stored)
    return hash?.scheme === 'argon2id' && isCurrent(hash) ? { salt: hash.salt } : {}
  }

  return {
    async hash(password, { like } = {}) {
      const normal = normalForm(password)
      if (normal === null) throw invalid('password', 'must be well-formed text of at most 256 characters')
      const work = { ...currentWork(Buffer.from(normal)), ...saltLike(like) }
      const output = await jobs.run(() => threads.compute(work))
      return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${floor.lanes}$${base64(work.salt)}$${base64(output)}`
    },

    async verify(stored, password) {
      const normal = normalForm(password)
      const hash = stored === null ? null : readable(stored)
      if (normal === null || hash === null) {
        await jobs.run(() => threads.compute(decoy))
        return wrong
      }
      const current = isCurrent(hash)
      // Other systems hashed what was typed; ours always hashed the normal form.
      const forms = current ? [normal] : [...new Set([normal, password])]
      const check = async () => {
        for (const form of forms) if (await matchesHash(hash, Buffer.from(form), threads.compute)) return true
        return false
      }
      return (await jobs.run(check)) ? { ok: true, needsRehash: !current } : wrong
    },

    turn: turns.take,

    async close() {
      await Promise.all([turns.close(), jobs.close()])
      await threads.close()
    },
    stats() {
      const { running, waiting } = jobs.stats()
      return { running, waiting: waiting + turns.waiting() }
    },
  }
}

const wrong: Verdict = { ok: false, needsRehash: false }

function readable(stored: string): StoredHash | null {
  try {
    return parseHash(stored)
  } catch {
    return null
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '')
}
