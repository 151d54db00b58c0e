import fc from 'fast-check'
import { Site, seconds } from './site.ts'

const some = <T>(of: readonly T[], much: number): T => of[Math.floor(much * of.length)] as T

const acts: readonly ((site: Site, much: number) => unknown)[] = [
  (site) => site.load(),
  (site) => site.load(),
  (site, much) => Array.from({ length: 1 + Math.floor(much * 5) }, () => site.load()),
  (site, much) => site.load(false, some(site.processes, much)),
  (site, much) => site.pass(much * 500),
  (site, much) => site.pass(much * 4 * seconds),
  (site, much) => site.pass(9 * seconds + much * 2 * seconds),
  (site, much) => site.pass(10 * seconds + much * 5 * seconds),
  (site, much) => site.pass(much * 120 * seconds),
  (site, much) => site.pass(much * 7_200 * seconds),
  (site, much) => site.setClock(some(site.processes, much)),
  (site, much) => site.restart(some(site.processes, much)),
  (site) => site.stepUp(),
  async (site, much) => {
    for (const _ of [1, 2, 3]) site.load()
    await site.pass(much * site.weather.slow)
    site.stepUp()
  },
]

/** Seconds that the clock of a process may be ahead of the server's. */
const skew = fc.constantFrom(-30, -10, 0, 0, 10, 30)
const renders = fc.record({
  seed: fc.nat(),
  // Shorter ones are due again while pages of the last one are still under way.
  life: fc.constantFrom(60, 90, 120, 600, 3_600),
  skews: fc.array(skew, { minLength: 1, maxLength: 3 }),
  loss: fc.constantFrom(0, 0.2, 0.6),
  ill: fc.constantFrom(0, 0.1, 0.4),
  slow: fc.constantFrom(50, 500, 3_000),
  steps: fc.array(fc.tuple(fc.nat(acts.length - 1), fc.nat(999)), { minLength: 3, maxLength: 20 }),
})
type Renders = typeof renders extends fc.Arbitrary<infer T> ? T : never

async function play({ seed, life, skews, loss, ill, slow, steps }: Renders, between?: (site: Site) => void) {
  const site = new Site(seed, life, { loss, ill, slow }, skews)
  for (const [step, [at, much]] of steps.entries()) {
    if (step === steps.length >> 1) between?.(site)
    await acts[at]?.(site, much / 1_000)
    await site.pass(0)
  }
  site.weather = { loss: 0, ill: 0, slow: 50 }
  await site.pass(60 * seconds)
  return site
}

/** @throws Error when something is not as it is said to be */
function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** Whoever has the cookies stays in, whatever becomes of the pages. */
export const rendersStayIn = () =>
  fc.asyncProperty(renders, async (one) => {
    const site = await play(one)
    const { family } = site
    for (const process of [...site.processes, ...site.processes]) {
      site.load(true, process)
      await site.pass(one.life * seconds)
      claim(site.seen.at(-1) === true, 'a page knew nobody')
    }
    claim(family.isAlive, 'the session was ended')
    claim(family.live === 1, `${family.live} tokens are good`)
    claim(family.isNewest(site.held ?? ''), 'an older token than the newest is in the cookies')
    const faults = [...site.faults, ...family.faults]
    claim(faults.length === 0, faults.join())
  })

/** Somebody who has a token that is not theirs. */
interface Thief {
  token: string | undefined
  /** Says that there may be a newer one. */
  readonly lies: boolean
}

/** Somebody else shows a token once, and the owner goes on much later. @returns the token they have then */
async function takes(site: Site, { token, lies }: Thief, life: number): Promise<string | undefined> {
  const next = site.present(token, lies)
  await site.pass((life + 100) * seconds)
  site.load()
  await site.pass(30 * seconds)
  return next
}

/** Somebody else shows a token again and again, so as to get the same answer as the owner, whenever they come. */
async function waits(site: Site, { token, lies }: Thief, life: number): Promise<string | undefined> {
  const held: { token: string | undefined } = { token: undefined }
  const times = Math.ceil((life + 100) / 9)
  for (let time = 0; time < times; time += 1) {
    held.token = site.present(token, lies)
    if (time === times - 4) site.load()
    await site.pass(9 * seconds)
  }
  return held.token
}

/** Where two hold the same secret there is no session any more once both have used it. */
export const rendersEndForThieves = () =>
  fc.asyncProperty(renders, async (one) => {
    const thief: Thief = { token: undefined, lies: one.seed % 3 === 0 }
    const site = await play(one, (now) => {
      thief.token = now.present(now.held, thief.lies)
    })
    const { family } = site
    for (const _ of [1, 2, 3, 4]) {
      // Within the grace two may go hand in hand.
      thief.token = await (one.seed % 2 === 0 ? takes : waits)(site, thief, one.life)
      claim(family.live <= 1, `${family.live} tokens are good`)
      // A step up has made an end of what the thief had.
      if (thief.token === undefined && family.isAlive) return
    }
    claim(!family.isAlive, 'two use one session')
    claim(family.faults.length === 0, family.faults.join())
    for (const _ of [1, 2]) {
      site.load()
      await site.pass(120 * seconds)
    }
    claim(site.seen.at(-1) === false, 'a page believes that somebody is in')
    claim(site.held === undefined, 'cookies are left of a session that was ended')
  })

const calm = fc.record({
  seed: fc.nat(),
  life: fc.constantFrom(60, 120, 600),
  skews: fc.array(skew, { minLength: 1, maxLength: 3 }),
  pages: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
})

/** In good weather each process asks once for all the pages that it renders at a time. */
export const rendersAskOnce = () =>
  fc.asyncProperty(calm, async ({ seed, life, skews, pages }) => {
    const site = new Site(seed, life, { loss: 0, ill: 0, slow: 50 }, skews)
    for (const count of pages) {
      await site.pass((life + 30) * seconds)
      const before = site.processes.map(({ asked }) => asked)
      site.seen.length = 0
      for (const process of site.processes) for (let page = 0; page < count; page += 1) site.load(true, process)
      await site.pass(200)
      claim(site.seen.length === count * site.processes.length && site.seen.every(Boolean), 'a page waited')
      await site.pass(5 * seconds)
      for (const [index, { asked }] of site.processes.entries())
        claim(asked - (before[index] ?? 0) === 1, `a process asked ${asked - (before[index] ?? 0)} times`)
      claim(site.family.isNewest(site.held ?? ''), 'an older token than the newest is in the cookies')
    }
    const faults = [...site.faults, ...site.family.faults]
    claim(faults.length === 0, faults.join())
  })
