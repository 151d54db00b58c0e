import fc from 'fast-check'
import { describe, it } from 'vitest'
import { properties } from './schedule.ts'

const runs = 100_000
const thefts = 5_000
const calms = 2_000

describe('sessions in many tabs, over a bad network, with jumping clocks', () => {
  it(`signs nobody out who did not earn it, in ${runs} schedules`, { timeout: 300_000 }, () =>
    fc.assert(properties.honest(), { numRuns: runs }),
  )

  it(`ends everywhere when somebody else used the token, in ${thefts} schedules`, { timeout: 60_000 }, () =>
    fc.assert(properties.theft(), { numRuns: thefts }),
  )
})
