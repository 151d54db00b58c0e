import fc from 'fast-check'
import { describe, it } from 'vitest'
import { rendersStayIn } from './renders.ts'

const runs = 10_000

describe('pages rendered on a server, over a bad network', () => {
  it(`sign nobody out who did not earn it, in ${runs} schedules`, { timeout: 240_000 }, () =>
    fc.assert(rendersStayIn(), { numRuns: runs }),
  )
})
