import { describe, expect, it } from 'vitest'
import type { Sql } from '../storage/database.ts'
import { roomsOnDemand } from './on-demand.ts'

const place = (): Sql => ({ query: () => Promise.resolve([]) })

describe('rooms on demand', () => {
  it('are made once each, by whoever enters first, and not before', () => {
    const made: string[] = []
    const bind = roomsOnDemand(
      { name: 'house' },
      {
        kitchen: (on: Sql) => {
          made.push('kitchen')
          return { on }
        },
        attic: () => {
          made.push('attic')
          return {}
        },
      },
    )
    const here = place()
    const house = bind(here, { guest: 'Mira' })
    expect(made).toEqual([])
    expect(house.kitchen.on).toBe(here)
    expect(house.kitchen).toBe(house.kitchen)
    expect(made).toEqual(['kitchen'])
    expect([house.name, house.guest]).toEqual(['house', 'Mira'])
  })

  it('speak to the place they are bound to, and to no other', () => {
    const bind = roomsOnDemand({}, { kitchen: (on: Sql) => ({ on }) })
    const [one, other] = [place(), place()]
    const first = bind(one, {})
    const second = bind(other, {})
    expect(second.kitchen.on).toBe(other)
    expect(first.kitchen.on).toBe(one)
  })

  it('are there for whoever has something of their own in front of them', () => {
    const bind = roomsOnDemand({ name: 'house' }, { kitchen: (on: Sql) => ({ on }) })
    const here = place()
    const inner = Object.create(bind(here, {}), { name: { value: 'tent' } }) as { name: string; kitchen: { on: Sql } }
    expect(inner.name).toBe('tent')
    expect(inner.kitchen.on).toBe(here)
  })
})
