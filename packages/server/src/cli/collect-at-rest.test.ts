import { describe, expect, it } from 'vitest'
import { createLook } from './collect-at-rest.ts'

const mega = 1024 * 1024

function setUp() {
  const now = { used: 40, busy: 0, collected: 0 }
  const look = createLook({
    used: () => now.used * mega,
    busy: () => now.busy,
    collect() {
      now.collected += 1
      now.used = 30
    },
  })
  return { now, look }
}

describe('collecting at rest', () => {
  it('waits for rest', () => {
    const { now, look } = setUp()
    now.busy = 0.5
    look()
    expect(now.collected).toBe(0)
    now.busy = 0.01
    look()
    expect(now.collected).toBe(2)
  })

  it('is done in two goes, until there is something to collect again', () => {
    const { now, look } = setUp()
    for (let times = 0; times < 3; times += 1) look()
    now.used = 37
    look()
    expect(now.collected).toBe(2)
    now.used = 39
    look()
    expect(now.collected).toBe(4)
  })
})
