import fc from 'fast-check'
import { Machine, type Tab } from './machine.ts'

const seconds = 1_000
const minutes = 60_000
const hours = 3_600_000

/** What can happen: its weight, and what it does with a number between 0 and 1. */
type Act = (machine: Machine, tab: Tab, much: number) => unknown

const quietly = (work: Promise<unknown>) => void work.catch(() => undefined)
const acts: readonly (readonly [number, Act])[] = [
  [6, (machine, tab) => void machine.use(tab)],
  [2, (machine) => machine.tabs.map((tab) => tab.isOpen && !tab.isFrozen && machine.use(tab)) && undefined],
  [4, (_, tab) => quietly(tab.manager.renew())],
  [2, (_, tab) => quietly(tab.manager.renew(tab.manager.stamp() ?? undefined))],
  [2, (_, tab, much) => quietly(tab.manager.setUser({ id: 'u', seen: much } as never))],
  [1, (machine, tab) => machine.enter(tab)],
  [1, (machine, tab) => machine.leave(tab)],
  [2, (machine, tab) => machine.stepUp(tab)],
  [6, (machine, _, much) => machine.pass(much * 300)],
  [6, (machine, _, much) => machine.pass(much * 6 * seconds)],
  [4, (machine, _, much) => machine.pass(8 * seconds + much * 8 * seconds)],
  [2, (machine, _, much) => machine.pass(much * 3 * minutes)],
  [1, (machine, _, much) => machine.pass(much * 2 * hours)],
  [3, (machine) => machine.openTab()],
  [2, (machine, tab, much) => machine.close(tab, much < 0.5)],
  [2, leaveThePage],
  [2, (_, tab) => quietly(tab.manager.renew().then(() => tab.manager.renew()))],
  [2, (machine, tab, much) => machine.freeze(tab, much < 0.5)],
  [3, (machine) => machine.thaw()],
  [4, (machine, _, much) => machine.jump((much - 0.5) * 4 * hours)],
  [1, (machine, _, much) => machine.jump((much - 0.5) * 40 * seconds)],
  [1, (machine, _, much) => machine.sleep(much * much * 24 * hours)],
]

/** A click on a link, just when the page had asked for new tokens. */
async function leaveThePage(machine: Machine, tab: Tab, much: number): Promise<void> {
  quietly(tab.manager.renew())
  await machine.pass(much * much * 2 * seconds)
  machine.close(tab, true)
}

const hat = acts.flatMap(([weight, act]) => Array.from({ length: weight }, () => act))

/** What happens in one run. */
const schedule = fc.record({
  seed: fc.nat(),
  life: fc.constantFrom(60, 120, 600, 3_600),
  loss: fc.constantFrom(0, 0.1, 0.4, 0.8),
  ill: fc.constantFrom(0, 0, 0.1, 0.4),
  slow: fc.constantFrom(50, 500, 6_000, 20_000),
  steps: fc.array(fc.tuple(fc.nat(hat.length - 1), fc.nat(999)), { minLength: 3, maxLength: 24 }),
})
export type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never

/** Lets it happen. @param between called once, in the middle */
async function play({ seed, life, loss, ill, slow, steps }: Schedule, between?: (machine: Machine) => void) {
  const machine = new Machine(seed, life, { loss, ill, slow })
  await machine.begin()
  for (const [step, [at, much]] of steps.entries()) {
    if (step === steps.length >> 1) between?.(machine)
    const open = machine.tabs.filter(({ isOpen, isFrozen }) => isOpen && !isFrozen)
    const tab = open[much % Math.max(1, open.length)] ?? (await machine.openTab())
    if (tab === undefined) machine.thaw()
    else {
      await hat[at]?.(machine, tab, much / 1_000)
      await machine.pass(0)
    }
  }
  return machine
}

/** The weather clears up, everybody wakes, and time passes until nothing is under way. */
async function settle(machine: Machine): Promise<Tab[]> {
  machine.weather = { loss: 0, ill: 0, slow: 50 }
  machine.thaw()
  await machine.pass(60 * seconds)
  if (!machine.tabs.some(({ isOpen }) => isOpen)) await machine.openTab()
  return machine.tabs.filter(({ isOpen }) => isOpen)
}

/** Asks for new tokens in one tab after the other. @returns how many got some */
async function renewAll(machine: Machine, tabs: readonly Tab[]): Promise<number> {
  let renewed = 0
  for (const tab of tabs) {
    const work = tab.manager.renew().then(
      () => 1,
      () => 0,
    )
    await machine.pass(30 * seconds)
    renewed += await Promise.race([work, Promise.resolve(0)])
  }
  return renewed
}

function tokenOf({ manager }: Tab): string | undefined {
  const state = manager.state()
  return state.status === 'signed_in' ? (state.tokens?.refreshToken ?? undefined) : undefined
}

/** @throws Error when something is not as it is said to be */
function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** Every tab believes what is stored. */
async function claimOneMind(machine: Machine, tabs: readonly Tab[]): Promise<void> {
  // Something may be on its way to them at this very moment.
  if (tabs.some((tab) => tokenOf(tab) !== machine.storedToken)) await machine.pass(seconds)
  for (const tab of tabs) {
    claim(tokenOf(tab) === machine.storedToken, `a tab holds ${tokenOf(tab)}, and ${machine.storedToken} is stored`)
    const state = tab.manager.state()
    const user = state.status === 'signed_in' ? JSON.stringify(state.user) : undefined
    claim(user === JSON.stringify(machine.remembered?.user), 'a tab shows another user than is stored')
  }
}

/** Whoever did nothing wrong stays in, in every tab, with one and the same token; whoever left stays out. */
async function staysIn(one: Schedule): Promise<void> {
  const machine = await play(one)
  const tabs = await settle(machine)
  await claimOneMind(machine, tabs)
  claim(machine.allFaults === '', machine.allFaults)
  const { current } = machine
  if (current !== null && !machine.isEarned) {
    // Pages that are looked at renew by themselves, in good time.
    await machine.pass(one.life * seconds + 60 * seconds)
    const { accessToken } = machine.remembered?.tokens ?? {}
    claim(accessToken !== undefined && machine.ageOf(accessToken) < one.life * seconds, 'nobody renewed in time')
    claim((await renewAll(machine, tabs)) === tabs.length, 'a tab got no new tokens')
    claim(current.isAlive, 'the session was ended')
    claim(current.live === 1, `${current.live} tokens are good`)
    claim(current.knows(machine.storedToken ?? ''), 'another session than the last one is stored')
  }
  if (current === null) claim(machine.storedToken === undefined, 'who left is in again')
  claim(machine.allFaults === '', machine.allFaults)
  await claimOneMind(machine, tabs)
}

/** Where two hold the same secret there is no session any more, anywhere, once both have used it. */
async function endsEverywhere(one: Schedule): Promise<void> {
  const thief: { token: string | undefined } = { token: undefined }
  const lies = one.seed % 3 === 0
  const machine = await play(one, (now) => {
    // What is stored here, or what was in an answer that never came.
    const caught = one.seed % 2 === 0 ? now.lost.at(-1) : undefined
    thief.token = now.present(caught ?? now.storedToken ?? '', lies)
    if (thief.token !== undefined) now.isEarned = true
  })
  const tabs = await settle(machine)
  const { current } = machine
  if (current === null || thief.token === undefined || !current.knows(thief.token)) return
  for (const _ of [1, 2, 3]) {
    thief.token = machine.present(thief.token ?? '', lies)
    // Within the grace two may go hand in hand.
    await machine.pass(30 * seconds)
    await renewAll(machine, tabs)
    claim(current.live <= 1, `${current.live} tokens are good`)
    // A step up has made an end of what the thief had.
    if (thief.token === undefined && current.isAlive) return
  }
  claim(!current.isAlive, 'two use one session')
  await renewAll(machine, tabs)
  claim(current.faults.length === 0, current.faults.join())
  for (const { manager } of tabs) claim(manager.state().status === 'signed_out', 'a tab believes that it is in')
  claim(machine.storedToken === undefined, 'a token is still stored')
}

const calm = fc.record({
  seed: fc.nat(),
  tabs: fc.integer({ min: 1, max: 4 }),
  asks: fc.array(fc.constantFrom('nobody', 'one', 'all', 'gone', 'dead'), { minLength: 1, maxLength: 4 }),
})

/** In good weather tabs ask once for all of them, and nobody waits for long. */
async function asksOnce({ seed, tabs, asks }: typeof calm extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const life = 600
  const machine = new Machine(seed, life, { loss: 0, ill: 0, slow: 50 })
  await machine.begin()
  while (machine.tabs.length < tabs) await machine.openTab()
  for (const [period, ask] of asks.entries()) {
    const open = machine.tabs.filter(({ isOpen }) => isOpen)
    const before = machine.current?.asked ?? 0
    if (ask === 'nobody') await machine.pass(life * seconds)
    else {
      // Over night: it is due in all of them at the same time.
      for (const tab of open) tab.isFrozen = true
      await machine.pass(life * seconds)
      for (const tab of open) tab.isFrozen = false
      const [first, ...others] = open
      if ((ask === 'gone' || ask === 'dead') && first !== undefined && others.length > 0) {
        quietly(first.manager.accessToken())
        await machine.pass(0)
        machine.close(first, ask === 'gone')
      }
      const asking = ask === 'all' ? open : open.slice(-1)
      let answered = 0
      for (const tab of asking) {
        void tab.manager.accessToken().then((token) => {
          if (token !== null && machine.ageOf(token) < 10 * seconds) answered += 1
        })
        await machine.pass(0)
      }
      // Nobody knows at once that a page has crashed.
      await machine.pass((ask === 'dead' ? 4 : 2) * seconds)
      claim(answered === asking.length, 'a tab waited')
    }
    const asked = (machine.current?.asked ?? 0) - before
    const most = ask === 'one' || ask === 'all' ? 1 : 2
    claim(asked <= most, `the server was asked ${asked} times, in period ${period}`)
  }
  claim(machine.allFaults === '', machine.allFaults)
}

/** What holds for every schedule. */
export const properties = {
  honest: () => fc.asyncProperty(schedule, staysIn),
  theft: () => fc.asyncProperty(schedule, endsEverywhere),
  calm: () => fc.asyncProperty(calm, asksOnce),
}
