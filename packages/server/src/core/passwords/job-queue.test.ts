import { describe, expect, it } from 'vitest'
import { createJobQueue } from './job-queue.ts'

function setUp(queue = 2) {
  const clock = { ms: 0 }
  const jobs = createJobQueue({ runtime: { now: () => new Date(clock.ms) }, parallel: 1, queue, maxWait: 10_000 })
  const order: string[] = []
  const endings: (() => void)[] = []
  const job = (name: string) => () => {
    order.push(name)
    return new Promise<string>((resolve) => endings.push(() => resolve(name)))
  }
  return { clock, jobs, order, job, finish: () => endings.shift()?.() }
}

describe('the job queue', () => {
  it('starts jobs in the order they came, one at a time', async () => {
    const { jobs, order, job, finish } = setUp()
    const all = [jobs.run(job('a')), jobs.run(job('b')), jobs.run(job('c'))]
    expect(jobs.stats()).toEqual({ running: 1, waiting: 2 })
    for (const [at, expected] of [['a'], ['a', 'b'], ['a', 'b', 'c']].entries()) {
      expect(order).toEqual(expected)
      finish()
      await all[at]
      await Promise.resolve()
    }
    expect(jobs.stats()).toEqual({ running: 0, waiting: 0 })
  })

  it('refuses at once when as many wait as may', async () => {
    const { jobs, job, finish } = setUp(1)
    const kept = [jobs.run(job('a')), jobs.run(job('b'))]
    await expect(jobs.run(job('c'))).rejects.toMatchObject({ code: 'unavailable', retryAfter: 2 })
    finish()
    await kept[0]
    finish()
    expect(await Promise.all(kept)).toEqual(['a', 'b'])
  })

  it('never starts a job that waited too long', async () => {
    const { clock, jobs, order, job, finish } = setUp()
    const first = jobs.run(job('a'))
    const second = jobs.run(job('b'))
    clock.ms = 10_001
    finish()
    await first
    await expect(second).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'waited_too_long' } })
    expect(order).toEqual(['a'])
  })

  it('never starts a job whose caller is gone, and gives its place to another', async () => {
    const { jobs, order, job, finish } = setUp()
    const first = jobs.run(job('a'))
    const caller = { isGone: false }
    const second = jobs.run(job('b'), () => caller.isGone)
    const third = jobs.run(job('c'), () => false)
    caller.isGone = true
    finish()
    await expect(second).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'caller_gone' } })
    await first
    await Promise.resolve()
    finish()
    expect(await third).toBe('c')
    expect(order).toEqual(['a', 'c'])
  })

  it('goes on after a job failed', async () => {
    const { jobs, job, finish } = setUp()
    const failing = jobs.run(() => Promise.reject(new Error('no memory')))
    const next = jobs.run(job('b'))
    await expect(failing).rejects.toThrow('no memory')
    await Promise.resolve()
    finish()
    expect(await next).toBe('b')
  })

  it('refuses what waits when it is closed', async () => {
    const { jobs, job, finish } = setUp()
    const first = jobs.run(job('a'))
    const second = jobs.run(job('b'))
    const closed = jobs.close()
    await expect(second).rejects.toMatchObject({ code: 'unavailable' })
    finish()
    await closed
    expect(await first).toBe('a')
  })
})
