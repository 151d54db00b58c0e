import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '#src/base/errors.ts'
import { startWorld, type World } from '../../world/world.ts'
import { native } from '../tools/factors.ts'
import { nativeDoor } from '../tools/native-door.ts'
import { auditCounts, brokenIn, lockedOut, whoCanComeIn } from './invariants.ts'
import { aPerson, type Draw, drawFrom, operations, type Person, settleIn } from './operations.ts'

/** Rounds of eight things at once; more where a longer look is asked for. */
const rounds = Number(process.env['WATCHWORD_TEST_ROUNDS'] ?? '14')
const seed = Number(process.env['WATCHWORD_TEST_SEED'] ?? '7')

const names = Object.keys(operations)
/** What leaves little for others to meet: in every third round. */
const ends = new Set(['gone', 'softly', 'banned', 'signOut'])
const gentle = names.filter((name) => !ends.has(name))

describe('a few accounts, to which everything happens at once', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ database: 'postgres', config: { emailChange: { bothAgree: false } } })
  })
  afterAll(() => world.close())

  const succeeded = new Map<string, number>()

  /** One thing, whatever it is. Only a fault or an error that is no refusal is remarkable. */
  async function attempt(name: string, me: Person, draw: Draw): Promise<string | undefined> {
    const operation = operations[name]
    try {
      const reply = await operation?.run({ world, me, draw })
      if (reply === undefined) return undefined
      // 503: a machine so busy that the database had no time. It is no fault, and nothing was done.
      if (reply.status >= 500 && reply.status !== 503) return `${name}: ${reply.status} ${reply.text}`
      const { audit } = operation ?? {}
      if (audit !== undefined && reply.status < 300) succeeded.set(audit, (succeeded.get(audit) ?? 0) + 1)
      return undefined
    } catch (error) {
      if (error instanceof Refusal || String(error).includes('a mail is waited for')) return undefined
      throw error
    }
  }

  async function round(people: readonly Person[], draw: Draw): Promise<void> {
    const among = draw(3) === 0 ? names : gentle
    const chosen = Array.from({ length: 8 }, () => among[draw(among.length)] ?? '')
    const who = people[draw(people.length)] ?? aPerson()
    await settleIn({ world, me: who, draw })
    const before = await whoCanComeIn(world.database)
    // Most of a round happens to one account: that is where things meet.
    const faults = await Promise.all(
      chosen.map((name, at) => attempt(name, at < 6 ? who : (people[draw(people.length)] ?? who), draw)),
    )
    const told = `seed ${seed}: ${chosen.join(', ')}`
    expect(
      faults.filter((fault) => fault !== undefined),
      told,
    ).toEqual([])
    expect(await brokenIn(world.database, world.core.runtime.now()), told).toEqual({})
    expect(await lockedOut(world.database, before), told).toEqual([])
  }

  it('S23 S40 S51 S53 S142 keep what must hold of every account', { timeout: 30_000 + rounds * 4_000 }, async () => {
    const draw = drawFrom(seed)
    const people = [aPerson(), aPerson(), aPerson()]
    for (let at = 0; at < rounds; at += 1) await round(people, draw)

    const written = await auditCounts(world.database)
    for (const [action, count] of succeeded) expect(written.get(action) ?? 0, action).toBeGreaterThanOrEqual(count)
    // Beyond the grace of what was refreshed, and before any of it is swept away.
    world.clock.move(120)
    for (const { spent } of people) {
      for (const said of spent.answers) expect((await native(world, '/attempts/answer', said)).tokens).toBeUndefined()
      for (const token of spent.refresh) expect((await nativeDoor(world).refresh(token)).tokens).toBeUndefined()
    }
    expect(await brokenIn(world.database, world.core.runtime.now())).toEqual({})
  })
})
