import fc from 'fast-check'
import { isAuthError } from '../../src/base/auth-error.ts'
import { toBase64url } from '../../src/base/encoding.ts'
import type { Runtime } from '../../src/base/runtime.ts'
import type { CookieJar } from '../../src/server/cookie-jar.ts'
import { cookieNames } from '../../src/server/cookie-session.ts'
import { createServerAuthOn, type ServerAuth } from '../../src/server/server-auth.ts'
import { Family } from './family.ts'
import { chanceOf } from './machine.ts'

const seconds = 1_000

interface Weather {
  /** Between 0 and 1: how many pages, and answers of the server to the app, get lost. */
  readonly loss: number
  readonly ill: number
  /** Milliseconds one way at most. */
  readonly slow: number
}

/** A browser with its cookies, an app that renders its pages, and the server beyond. */
class Site {
  weather: Weather
  readonly family: Family
  /** What pages said: whether somebody was in. */
  readonly seen: boolean[] = []
  private readonly jar = new Map<string, string>()
  private readonly app: ServerAuth
  private readonly chance: () => number
  private events: { at: number; run: (() => void) | undefined }[] = []
  private time = 1_700_000_000_000
  wallShift = 0

  constructor(seed: number, life: number, weather: Weather) {
    this.chance = chanceOf(seed)
    this.weather = weather
    this.family = new Family('A', this.time, life)
    const runtime: Runtime = {
      now: () => this.time + this.wallShift,
      uptime: () => this.time,
      random: (length) => Uint8Array.from({ length }, () => Math.floor(this.chance() * 256)),
      fetch: (_, init) => this.answer(String(init?.body)),
      after: (ms, work) => this.later(ms, work),
      subtle: undefined,
      page: undefined,
      channel: () => undefined,
    }
    this.app = createServerAuthOn(runtime, { url: 'https://auth.example.test' })
    const { accessToken, refreshToken } = this.family.first.tokens
    this.jar.set(cookieNames.access, this.written(accessToken)).set(cookieNames.refresh, refreshToken ?? '')
  }

  private later(ms: number, run: () => void): () => void {
    const event: { at: number; run: (() => void) | undefined } = { at: this.time + Math.max(0, Math.ceil(ms)), run }
    this.events.push(event)
    return () => {
      event.run = undefined
    }
  }

  async pass(ms: number): Promise<void> {
    const until = this.time + ms
    await drained()
    for (let count = 0; count < 2_000; count += 1) {
      const [next, ...rest] = this.events.filter(({ run }) => run !== undefined).sort((a, b) => a.at - b.at)
      if (next === undefined || next.at > until) break
      this.events = rest
      this.time = Math.max(this.time, next.at)
      next.run?.()
      await drained()
    }
    this.time = until
  }

  /** An access token as a cookie carries it: claims that can be read. */
  private written(accessToken: string): string {
    const [, madeAt] = accessToken.split('@')
    const iat = Math.floor(Number(madeAt) / 1000)
    const claims = { sub: 'u', session_id: 'A', aal: 'aal1', iat, exp: iat + this.family.first.tokens.expiresIn }
    const part = (value: object) => toBase64url(new TextEncoder().encode(JSON.stringify(value)))
    return `${part({ alg: 'none' })}.${part(claims)}.${part({ accessToken })}`
  }

  /** POST /sessions/refresh, as the app asks it. */
  private answer(body: string): Promise<Response> {
    const { loss, ill, slow } = this.weather
    const kind = this.chance()
    return new Promise((resolve, reject) => {
      this.later(this.chance() * slow * 0.2, () => {
        const answer = kind < ill / 2 ? aRefusal('internal', 500) : this.renewed(body)
        const back = this.chance() * slow * 0.2
        if (this.chance() < loss / 2) this.later(back, () => reject(new TypeError('lost')))
        else this.later(back, () => resolve(kind < ill ? aRefusal('internal', 500) : answer))
      })
    })
  }

  private renewed(body: string): Response {
    try {
      const complete = this.family.refresh((JSON.parse(body) as { refreshToken: string }).refreshToken, this.time)
      const tokens = { ...complete.tokens, accessToken: this.written(complete.tokens.accessToken) }
      return Response.json({ ...complete, tokens })
    } catch (error) {
      if (isAuthError(error)) return aRefusal(error.code, error.status)
      throw error
    }
  }

  /** A page is asked for with the cookies of this moment; what it sets is kept when it arrives, in whatever order. */
  load(): void {
    const { loss, slow } = this.weather
    const sent = new Map(this.jar)
    this.later(this.chance() * slow, () => {
      const set = new Map<string, string>()
      const cookies: CookieJar = {
        get: (name) => set.get(name) ?? sent.get(name),
        set: (name, value) => void set.set(name, value),
      }
      const client = this.app.client(cookies)
      // Many parts of a page ask, at once.
      void Promise.all([client.getAccessToken(), client.getAccessToken()]).then(([first]) => {
        if (this.chance() < loss) return
        this.later(this.chance() * slow, () => {
          this.seen.push(first.data !== null)
          for (const [name, value] of set) if (value === '') this.jar.delete(name)
          for (const [name, value] of set) if (value !== '') this.jar.set(name, value)
        })
      })
    })
  }
}

const aRefusal = (code: string, status: number) =>
  Response.json({ code, message: code, requestId: 'r', details: {}, retryAfter: null }, { status })

const acts: readonly ((site: Site, much: number) => unknown)[] = [
  (site) => site.load(),
  (site) => site.load(),
  (site, much) => Array.from({ length: 1 + Math.floor(much * 5) }, () => site.load()),
  (site, much) => site.pass(much * 500),
  (site, much) => site.pass(much * 4 * seconds),
  (site, much) => site.pass(10 * seconds + much * 5 * seconds),
  (site, much) => site.pass(much * 120 * seconds),
  (site, much) => site.pass(much * 7_200 * seconds),
  (site, much) => {
    site.wallShift = (much - 0.5) * 120 * seconds
  },
]

const renders = fc.record({
  seed: fc.nat(),
  // Shorter ones are due again while pages of the last one are still under way.
  life: fc.constantFrom(600, 3_600),
  loss: fc.constantFrom(0, 0.2, 0.6),
  ill: fc.constantFrom(0, 0.1, 0.4),
  slow: fc.constantFrom(50, 500, 3_000),
  steps: fc.array(fc.tuple(fc.nat(acts.length - 1), fc.nat(999)), { minLength: 3, maxLength: 20 }),
})

/** Whoever has the cookies stays in, whatever becomes of the pages. */
export const rendersStayIn = () =>
  fc.asyncProperty(renders, async ({ seed, life, loss, ill, slow, steps }) => {
    const site = new Site(seed, life, { loss, ill, slow })
    for (const [at, much] of steps) {
      await acts[at]?.(site, much / 1_000)
      await site.pass(0)
    }
    site.weather = { loss: 0, ill: 0, slow: 50 }
    site.wallShift = 0
    await site.pass(60 * seconds)
    for (const _ of [1, 2, 3]) {
      site.load()
      await site.pass(life * seconds)
      if (site.seen.at(-1) !== true) throw new Error('a page knew nobody')
    }
    const { family } = site
    if (!family.isAlive) throw new Error('the session was ended')
    if (family.live !== 1) throw new Error(`${family.live} tokens are good`)
    if (family.faults.length > 0) throw new Error(family.faults.join())
  })

/** Everything that follows from what has happened, without any time passing. */
const drained = async () => {
  for (let turns = 0; turns < 3; turns += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
