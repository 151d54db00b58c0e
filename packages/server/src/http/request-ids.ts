import { newId } from '../base/id.ts'
import type { Runtime } from '../base/runtime.ts'

const poolBytes = 4096

/**
 * A source of request ids (UUIDv7) that draws its random bytes a page at a time: one draw costs the operating system
 * about as much as all the rest of a small request, and these ids name requests, they guard nothing.
 */
export function createRequestIds(runtime: Pick<Runtime, 'now' | 'randomBytes'>): () => string {
  let pool: Buffer = Buffer.alloc(0)
  let used = 0
  const pooled = {
    now: runtime.now,
    randomBytes(length: number): Buffer {
      if (used + length > pool.length) {
        pool = runtime.randomBytes(poolBytes)
        used = 0
      }
      used += length
      return pool.subarray(used - length, used)
    },
  }
  return () => newId(pooled)
}
