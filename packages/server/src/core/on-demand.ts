import type { Sql } from '../storage/database.ts'

/** How each room is made, by name. */
type Makers = Readonly<Record<string, (on: Sql) => object>>
type Rooms<M extends Makers> = { readonly [Name in keyof M]: ReturnType<M[Name]> }

const speaksTo = Symbol('speaks to')

interface Bound {
  readonly [speaksTo]: Sql
}

/**
 * Rooms that are made when somebody first enters them: a transaction enters a few of many.
 * @param shared what is the same for all of them
 * @returns a function that binds the rooms to one database or transaction, and puts `more` beside them. What it answers
 * has the rest by inheritance, so it is passed on as it is and never spread.
 */
export function roomsOnDemand<Shared extends object, M extends Makers>(
  shared: Shared,
  makers: M,
): <More extends object>(on: Sql, more: More) => Shared & Rooms<M> & More {
  const doors = { ...shared }
  for (const [name, make] of Object.entries(makers))
    Object.defineProperty(doors, name, {
      get(this: Bound): object {
        const room = make(this[speaksTo])
        Object.defineProperty(this, name, { value: room })
        return room
      },
    })
  return (on, more) => Object.assign(Object.create(doors), more, { [speaksTo]: on })
}
