import { expect, it } from 'vitest'
import { goSeconds } from './go-duration.ts'

it('reads durations as Go writes them', () => {
  expect(goSeconds('24h')).toBe(86_400)
  expect(goSeconds('1h30m')).toBe(5_400)
  expect(goSeconds('300ms')).toBeCloseTo(0.3)
  expect(goSeconds('-1.5s')).toBe(-1.5)
  expect(goSeconds('.5h')).toBe(1_800)
  expect(goSeconds('2.s')).toBe(2)
  expect(goSeconds('5\u03bcs')).toBeCloseTo(5e-6)
  expect(goSeconds('0')).toBe(0)
  expect(goSeconds('876000h')).toBe(3_153_600_000)
})

it('refuses everything else', () => {
  for (const text of ['', '24', '00', '.', '.s', 'h', '1d', '1 h', 'none', '1h1', `${'9'.repeat(13)}h`, '9999999h'])
    expect(goSeconds(text)).toBeUndefined()
})
