import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../src/base/runtime.ts'
import { createServerClient, requestCookies } from '../src/server/index.ts'
import { createServerAuthOn } from '../src/server/server-auth.ts'
import { aPerson, aWorld, ok, password } from './world.ts'

const life = 60
const world = aWorld({ config: { tokens: { accessSeconds: life } } })
const page = 'https://app.example.test/'

/** What has passed for the server, and so for whatever is begun later. */
const passed = { ms: 0 }

/** A browser in front of an app that runs in two processes, each with its own clock; time passes for all of them. */
async function aBrowser(skews: readonly [number, number]) {
  const real = systemRuntime()
  const asked = { refreshes: 0 }
  const counting: typeof fetch = (url, init) => {
    if (String(url).endsWith('/sessions/refresh')) asked.refreshes += 1
    return fetch(url, init)
  }
  const processes = skews.map((skew) => {
    const now = () => real.now() + passed.ms + skew * 1000
    const runtime = { ...real, ...systemRuntime(counting), now, uptime: () => real.uptime() + passed.ms }
    return createServerAuthOn(runtime, { url: world().url })
  })
  const email = await aPerson(world())
  const first = requestCookies(new Request(page))
  await ok(createServerClient({ url: world().url, cookies: first }).signInWithPassword({ email, password }))
  const jar = { cookie: first.forward().get('cookie') ?? '' }
  return {
    asked,
    pass(seconds: number) {
      passed.ms += seconds * 1000
      world().clock.move(seconds)
    },
    /** Loads a page. @returns who it was rendered for; `arrive` keeps the cookies that it sets */
    async load(process: number) {
      const cookies = requestCookies(new Request(page, { headers: { cookie: jar.cookie } }))
      const user = await ok(
        processes[process]?.client(cookies).getUser() ?? Promise.reject(new Error('no such process')),
      )
      const arrive = () => {
        jar.cookie = cookies.forward().get('cookie') ?? ''
      }
      return { email: user?.user.email, arrive }
    },
    /** Proves the password once more, in a form. `arrive` keeps the cookies that come of it. */
    async stepUp() {
      const cookies = requestCookies(new Request(page, { headers: { cookie: jar.cookie } }))
      const client = processes[1]?.client(cookies)
      if (client === undefined) throw new Error('no such process')
      const begun = await ok(client.elevate())
      if (begun.status !== 'pending') throw new Error('nothing was asked')
      await ok(begun.attempt.answer({ option: 'password', password }))
      const arrive = () => {
        jar.cookie = cookies.forward().get('cookie') ?? ''
      }
      return { arrive }
    },
    email,
  }
}

describe('an app in two processes', { retry: 0 }, () => {
  it.each(['before', 'after', 'both, the older one last'])(
    'S48 keeps whoever asks around the end of the grace, when the answer that arrives is: %s',
    async (arrives) => {
      const { email, pass, load, asked } = await aBrowser([0, 0])
      pass(life + 1)
      const lost = await load(0)
      pass(5)
      const before = await load(1)
      pass(6)
      const after = await load(0)
      expect(asked.refreshes).toBe(3)
      for (const each of [lost, before, after]) expect(each.email).toBe(email)
      if (arrives !== 'before') after.arrive()
      if (arrives !== 'after') before.arrive()
      for (const process of [1, 0, 1, 0]) {
        pass(life + 1)
        const next = await load(process)
        expect(next.email).toBe(email)
        next.arrive()
      }
    },
  )

  it.each(['before it', 'after it'])(
    'S48 S49 keeps whoever steps up, when a page that was renewed arrives: %s',
    async (arrives) => {
      const { email, pass, load, stepUp, asked } = await aBrowser([0, 0])
      pass(life - 10)
      const rendered = await load(0)
      expect(asked.refreshes).toBe(1)
      const stepped = await stepUp()
      if (arrives === 'before it') rendered.arrive()
      stepped.arrive()
      if (arrives === 'after it') rendered.arrive()
      for (const process of [1, 0, 1, 0]) {
        pass(life + 1)
        const next = await load(process)
        expect(next.email).toBe(email)
        next.arrive()
      }
    },
  )

  it.each([
    [30, 30],
    [-30, 30],
    [-30, -30],
  ] as const)(
    'S143 with clocks that are %i and %i seconds ahead knows everybody on every page, and renews no more than once a life for each',
    async (...skews) => {
      const { email, pass, load, asked } = await aBrowser(skews)
      const pages = 60
      for (let count = 0; count < pages; count += 1) {
        const { email: known, arrive } = await load(count % 2)
        expect(known, `page ${count}`).toBe(email)
        arrive()
        pass(5)
      }
      // Each process learns at its first renewal; tokens are renewed fifteen seconds before they die.
      expect(asked.refreshes).toBeLessThanOrEqual(2 + (pages * 5) / (life - 20))
    },
  )
})
