import { describe, expect, it } from 'vitest'
import { closingLine, tally, unsteady, verdict } from './closing-line.mjs'

const module = (state, ...results) => ({
  state: () => state,
  children: { allTests: () => results.map((result) => ({ result: () => ({ state: result }) })) },
})

describe('closing line', () => {
  it('counts what passed, failed and was left out', () => {
    expect(tally([module('failed', 'passed', 'failed', 'skipped'), module('passed', 'passed')], [])).toEqual({
      passed: 2,
      failed: 1,
      skipped: 1,
    })
  })

  it('counts a file that broke before its tests, and errors outside of tests, as failures', () => {
    expect(tally([module('failed')], [])).toMatchObject({ failed: 1 })
    expect(tally([module('passed', 'passed')], [new Error('unhandled')])).toMatchObject({ passed: 1, failed: 1 })
  })

  it('shows a failure whenever the run failed', () => {
    expect(verdict({ passed: 3, failed: 0 }, 1)).toMatchObject({ passed: 3, failed: 1 })
    expect(verdict({ passed: 3, failed: 2 }, 1)).toMatchObject({ failed: 2 })
    expect(verdict({ passed: 3, failed: 0 }, 0)).toMatchObject({ failed: 0 })
  })

  it('names what passed at the second try only', () => {
    const at = (fullName, flaky) => ({ fullName, diagnostic: () => ({ flaky }) })
    const allTests = () => [at('signs in', true), at('signs out', false), { diagnostic: () => undefined }]
    expect(unsteady([{ relativeModuleId: 'a.test.ts', children: { allTests } }])).toEqual(['a.test.ts: signs in'])
  })

  it('reads as one plain line', () => expect(closingLine({ passed: 3, failed: 0 })).toBe('3 passed, 0 failed'))
})
