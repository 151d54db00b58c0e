import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is asked of the engine, and of the event loop it runs in. */
export interface Engine {
  /** Bytes of the heap that hold something, garbage included. */
  used(): number
  /** The share of its time the event loop was at work since this was asked last: 0 to 1. */
  busy(): number
  /** Collects garbage, all of it and at once. */
  collect(): void
}

const lookEveryMs = 5_000
const restingBelow = 0.05
const worthwhile = 8 * 1024 * 1024

/**
 * Collects, once the server has come to rest, the garbage that its work has left. The engine collects when much more has
 * been allocated, which without work is never, and until then keeps the memory: 20 MB after a flood of sign-ins. The two
 * pauses of some 20 ms fall into a time in which hardly anybody asks for anything.
 * @returns stops looking
 */
export function collectAtRest(engine: Engine = ownEngine()): () => void {
  const timer = setInterval(createLook(engine), lookEveryMs).unref()
  return () => clearInterval(timer)
}

/** One look at whether there is rest, and enough to be collected. */
export function createLook(engine: Engine): () => void {
  const last = { used: 0 }
  return () => {
    if (engine.busy() >= restingBelow || engine.used() < last.used + worthwhile) return
    // Pages that the first empties are given back by the second.
    engine.collect()
    engine.collect()
    last.used = engine.used()
  }
}

function ownEngine(): Engine {
  const last = { utilization: performance.eventLoopUtilization() }
  return {
    used: () => process.memoryUsage().heapUsed,
    busy() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last.utilization)
      last.utilization = now
      return utilization
    },
    collect: collector(),
  }
}

/** The engine gives its collector to contexts that are made while this flag is up. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return collect
}
