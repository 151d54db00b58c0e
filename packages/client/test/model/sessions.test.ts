import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Machine, type Tab } from './machine.ts'

const seconds = 1_000
const minutes = 60_000
const hours = 3_600_000

/** What can happen: its weight, and what it does with a number between 0 and 1. */
type Act = (machine: Machine, tab: Tab, much: number) => unknown

const quietly = (work: Promise<unknown>) => void work.catch(() => undefined)
const acts: readonly (readonly [number, Act])[] = [
  [6, (_, tab) => quietly(tab.manager.accessToken())],
  [4, (_, tab) => quietly(tab.manager.renew())],
  [2, (_, tab) => quietly(tab.manager.renew(tab.manager.stamp() ?? undefined))],
  [6, (machine, _, much) => machine.pass(much * 300)],
  [6, (machine, _, much) => machine.pass(much * 6 * seconds)],
  [4, (machine, _, much) => machine.pass(8 * seconds + much * 8 * seconds)],
  [2, (machine, _, much) => machine.pass(much * 3 * minutes)],
  [1, (machine, _, much) => machine.pass(much * 2 * hours)],
  [3, (machine) => machine.openTab()],
  [1, (machine, tab, much) => machine.close(tab, much < 0.5)],
  [2, (_, tab) => Object.assign(tab, { isFrozen: true })],
  [3, (machine) => machine.thaw()],
  [2, (machine, _, much) => machine.jump((much - 0.5) * 4 * hours)],
  [1, (machine, _, much) => machine.jump((much - 0.5) * 40 * seconds)],
  [1, (machine, _, much) => machine.sleep(much * much * 24 * hours)],
]
const hat = acts.flatMap(([weight, act]) => Array.from({ length: weight }, () => act))

const schedule = fc.record({
  seed: fc.nat(),
  life: fc.constantFrom(60, 120, 600, 3_600),
  loss: fc.constantFrom(0, 0.1, 0.4, 0.8),
  slow: fc.constantFrom(50, 500, 6_000, 20_000),
  steps: fc.array(fc.tuple(fc.nat(hat.length - 1), fc.nat(999)), { minLength: 3, maxLength: 24 }),
})
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never

async function play({ seed, life, loss, slow, steps }: Schedule, more?: 'theft'): Promise<Machine> {
  const machine = new Machine(seed, life, { loss, slow })
  await machine.begin()
  for (const [step, [at, much]] of steps.entries()) {
    const open = machine.tabs.filter(({ isOpen }) => isOpen)
    const tab = open[much % Math.max(1, open.length)] ?? (await machine.openTab())
    if (tab === undefined) throw new Error('there is no tab')
    if (more === 'theft' && step === steps.length >> 1) machine.steal()
    await hat[at]?.(machine, tab, much / 1_000)
  }
  return machine
}

/** The weather clears up, everybody wakes, and time passes until nothing is under way. */
async function settle(machine: Machine): Promise<Tab[]> {
  machine.weather = { loss: 0, slow: 50 }
  machine.thaw()
  await machine.pass(60 * seconds)
  if (!machine.tabs.some(({ isOpen }) => isOpen)) await machine.openTab()
  return machine.tabs.filter(({ isOpen }) => isOpen)
}

/** Asks for new tokens in one tab after the other. */
async function renewAll(machine: Machine, tabs: readonly Tab[]): Promise<void> {
  for (const tab of tabs) {
    const renewed = tab.manager.renew().catch(() => undefined)
    await machine.pass(30 * seconds)
    await renewed
  }
}

function tokenOf({ manager }: Tab): string | null | undefined {
  const state = manager.state()
  return state.status === 'signed_in' ? state.tokens?.refreshToken : undefined
}

const runs = 100_000
const thefts = 5_000

describe('sessions in many tabs, over a bad network, with jumping clocks', () => {
  it(`signs nobody out who did not earn it, in ${runs} schedules`, { timeout: 300_000 }, async () => {
    const property = fc.asyncProperty(schedule, async (one) => {
      const machine = await play(one)
      const tabs = await settle(machine)
      await renewAll(machine, tabs)
      expect(machine.faults).toEqual([])
      expect(machine.family.isAlive).toBe(true)
      expect(machine.family.live).toBe(1)
      for (const tab of tabs) expect(tokenOf(tab)).toBe(machine.storedToken)
    })
    await fc.assert(property, { numRuns: runs })
  })

  it(`ends everywhere when somebody else used the token, in ${thefts} schedules`, { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(schedule, async (one) => {
      const machine = await play(one, 'theft')
      const tabs = await settle(machine)
      await renewAll(machine, tabs)
      await machine.pass(seconds)
      expect(machine.family.live).toBeLessThanOrEqual(1)
      if (machine.family.isAlive) return
      for (const tab of tabs) expect(tab.manager.state()).toMatchObject({ status: 'signed_out' })
      expect(machine.storedToken).toBeUndefined()
    })
    await fc.assert(property, { numRuns: thefts })
  })
})
