import { describe, expect, it } from 'vitest'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { evenly, refuseEvenly } from './even-time.ts'

function told() {
  const events: string[] = []
  const core = { wakeOutbox: () => events.push('woken') } as unknown as Core
  return { core, events }
}
const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('evenly', () => {
  it('wakes the outbox once, when the work is over and its time is full', async () => {
    const { core, events } = told()
    const answer = evenly(core, async (held) => {
      held.wakeOutbox()
      held.wakeOutbox()
      events.push('worked')
      return 'yes'
    })
    await soon(1)
    expect(events).toEqual(['worked'])
    expect(await answer).toBe('yes')
    expect(events).toEqual(['worked', 'woken'])
  })

  it('passes a refusal on', async () => {
    const { core, events } = told()
    await expect(
      evenly(core, async () => {
        throw new Refusal('not_found')
      }),
    ).rejects.toMatchObject({ code: 'not_found' })
    expect(events).toEqual([])
  })
})

describe('refuseEvenly', () => {
  it('lets a yes go before a no that was known earlier', async () => {
    const order: string[] = []
    const no = refuseEvenly(async () => {
      throw new Refusal('invalid_credentials')
    }).catch(() => order.push('no'))
    const yes = refuseEvenly(() => soon(1)).then(() => order.push('yes'))
    await Promise.all([yes, no])
    expect(order).toEqual(['yes', 'no'])
  })
})
