import { describe, expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))
const full = { code: 'unavailable', retryAfter: 2, details: { reason: 'queue_full' } }

function setUp(parallel: number, queue: number) {
  const clock = { ms: 0 }
  const turns = createTurns({ runtime: { now: () => new Date(clock.ms) }, parallel, queue, maxWait: 10_000 })
  return { clock, turns }
}

describe('turns', () => {
  it('let few go on at once, and the next when one has left, however often it says so', async () => {
    const { turns } = setUp(1, 10)
    const order: number[] = []
    const all = Array.from({ length: 8 }, async (_, at) => {
      const leave = await turns.take('compare')
      order.push(at)
      return leave
    })
    await settled()
    expect(order).toEqual([0, 1, 2, 3])
    expect(turns.waiting()).toBe(4)
    const leave = await all[1]
    leave?.()
    leave?.()
    await settled()
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(turns.waiting()).toBe(3)
    turns.close()
    const rest = await Promise.allSettled(all)
    expect(rest.filter(({ status }) => status === 'rejected')).toHaveLength(3)
  })

  it('refuse whoever comes to be counted while every place is taken, in whichever stage', async () => {
    const { turns } = setUp(1, 2)
    await turns.take('compare')
    const leave = await turns.take('count')
    await turns.take('count')
    await expect(turns.take('count')).rejects.toMatchObject(full)
    leave()
    await settled()
    await expect(turns.take('count')).resolves.toBeTypeOf('function')
  })

  it('do not refuse whoever was counted for those who are being counted', async () => {
    const { turns } = setUp(1, 2)
    for (let at = 0; at < 3; at += 1) await turns.take('count')
    for (let at = 0; at < 3; at += 1) await turns.take('compare')
    await expect(turns.take('compare')).rejects.toMatchObject(full)
  })

  it('refuse what waited too long', async () => {
    const { clock, turns } = setUp(1, 10)
    const inside = await Promise.all([1, 2, 3, 4].map(() => turns.take('compare')))
    const late = turns.take('compare')
    late.catch(() => undefined)
    clock.ms = 10_001
    inside[0]?.()
    await expect(late).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'waited_too_long' } })
  })
})
