import fc from 'fast-check'
import { describe, it } from 'vitest'
import { properties, type Schedule } from './schedule.ts'

const runs = 100_000
const thefts = 5_000
const calms = 2_000

/** What once signed somebody out: a request that slept on its way past a step-up, and three answers around one. */
const known = [
  {
    seed: 1_059_534_299,
    steps: [
      [18, 0],
      [26, 52],
      [26, 193],
      [8, 0],
      [39, 0],
      [18, 0],
      [26, 209],
      [58, 22],
    ],
  },
  {
    seed: 43_708_975,
    steps: [
      [8, 0],
      [48, 0],
      [39, 0],
      [46, 0],
      [53, 504],
      [48, 0],
      [0, 0],
      [18, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },
].map(
  ({ seed, steps }) =>
    [{ seed, life: 60, loss: 0, ill: 0, slow: 20_000, steps: steps as [number, number][] }] as [Schedule],
)

describe('sessions in many tabs, over a bad network, with jumping clocks', { retry: 0 }, () => {
  it(`signs nobody out who did not earn it, in ${runs} schedules`, { timeout: 600_000 }, () =>
    fc.assert(properties.honest(), { numRuns: runs, examples: known }),
  )

  it(`ends everywhere when somebody else used the token, in ${thefts} schedules`, { timeout: 120_000 }, () =>
    fc.assert(properties.theft(), { numRuns: thefts }),
  )

  it(`asks once for all of them in good weather, in ${calms} schedules`, { timeout: 120_000 }, () =>
    fc.assert(properties.calm(), { numRuns: calms }),
  )
})
