import { describe, expect, it } from 'vitest'
import { nextPause } from './pause.ts'

describe('nextPause', () => {
  it('doubles with each quick death, up to half a minute', () => {
    const pauses: number[] = []
    for (let deaths = 0; deaths < 9; ) {
      const next = nextPause(deaths, 1_000)
      pauses.push(next.pauseMs)
      deaths = next.deaths
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('forgets them once a worker lived well', () => {
    expect(nextPause(7, 60_000)).toEqual({ pauseMs: 500, deaths: 1 })
  })
})
