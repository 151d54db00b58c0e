import fc from 'fast-check'
import { describe, it } from 'vitest'
import { rendersAskOnce, rendersEndForThieves, rendersStayIn } from './renders.ts'

const runs = 10_000
const thefts = 1_000
const calms = 500

describe('pages rendered on a server by several processes with clocks of their own, over a bad network', {
  retry: 0,
}, () => {
  it(`sign nobody out who did not earn it, in ${runs} schedules`, { timeout: 480_000 }, () =>
    fc.assert(rendersStayIn(), { numRuns: runs }),
  )

  it(`end everywhere when somebody else used the token, in ${thefts} schedules`, { timeout: 120_000 }, () =>
    fc.assert(rendersEndForThieves(), { numRuns: thefts }),
  )

  it(`ask once for all that come at a time in good weather, in ${calms} schedules`, { timeout: 120_000 }, () =>
    fc.assert(rendersAskOnce(), { numRuns: calms }),
  )
})
