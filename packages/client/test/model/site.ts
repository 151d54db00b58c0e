import { isAuthError } from '../../src/base/auth-error.ts'
import { readJson, toBase64url } from '../../src/base/encoding.ts'
import type { Runtime } from '../../src/base/runtime.ts'
import type { CookieJar } from '../../src/server/cookie-jar.ts'
import { cookieNames } from '../../src/server/cookie-session.ts'
import { createServerAuthOn, type ServerAuth } from '../../src/server/server-auth.ts'
import { Family } from './family.ts'
import { chanceOf } from './machine.ts'

type Complete = Family['first']

export const seconds = 1_000

export interface Weather {
  /** Between 0 and 1: how many pages, and answers of the server to the app, get lost. */
  readonly loss: number
  readonly ill: number
  /** Milliseconds one way at most. */
  readonly slow: number
}

/** One of the processes an app runs in. */
interface Process {
  auth: ServerAuth
  /** Milliseconds that its clock is ahead of the server's, unless it has just been set right. */
  readonly skew: number
  isRight: boolean
  /** How often it asked for new tokens. */
  asked: number
  /** Whether it has got any since it began, or its clock was set. */
  memory: { hasRenewed: boolean }
}

/** A page on its way: the cookies it was asked for with, and what it is to set. */
interface Flight {
  readonly sent: ReadonlyMap<string, string>
  readonly set: Map<string, string>
}

/** A browser with its cookies, an app in several processes that render its pages, and the server beyond. */
export class Site {
  weather: Weather
  readonly family: Family
  /** What pages said: whether somebody was in. */
  readonly seen: boolean[] = []
  /** What went wrong. */
  readonly faults: string[] = []
  readonly processes: readonly Process[]
  private readonly jar = new Map<string, string>()
  private readonly flights = new Set<Flight>()
  private readonly chance: () => number
  private readonly life: number
  private events: { at: number; run: (() => void) | undefined }[] = []
  private time = 1_700_000_000_000

  /** @param skews seconds that the clock of each process is ahead */
  constructor(seed: number, life: number, weather: Weather, skews: readonly number[]) {
    this.chance = chanceOf(seed)
    this.life = life
    this.weather = weather
    this.family = new Family('A', this.time, life)
    this.processes = skews.map((skew) => this.started(skew * seconds))
    this.keep(this.family.first)
  }

  private started(skew: number): Process {
    const own = { skew, isRight: false, asked: 0 } as Process
    this.restart(own)
    return own
  }

  /** A process begins anew, and remembers nothing. */
  restart(process: Process): void {
    const memory = { hasRenewed: false }
    const runtime: Runtime = {
      now: () => this.time + (process.isRight ? 0 : process.skew),
      uptime: () => this.time,
      random: (length) => Uint8Array.from({ length }, () => Math.floor(this.chance() * 256)),
      fetch: (_, init) => this.answer(process, memory, String(init?.body)),
      after: (ms, work) => this.later(ms, work),
      subtle: undefined,
      page: undefined,
      channel: () => undefined,
    }
    process.auth = createServerAuthOn(runtime, { url: 'https://auth.example.test' })
    process.memory = memory
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

  private keep({ tokens }: Complete): void {
    this.jar
      .set(cookieNames.access, this.written(tokens.accessToken))
      .set(cookieNames.refresh, tokens.refreshToken ?? '')
  }

  /** An access token as a cookie carries it: claims that can be read. */
  private written(accessToken: string): string {
    const iat = Math.floor(madeAt(accessToken) / 1000)
    const claims = { sub: 'u', session_id: 'A', aal: 'aal1', iat, exp: iat + this.life, accessToken }
    const part = (value: object) => toBase64url(new TextEncoder().encode(JSON.stringify(value)))
    return `${part({ alg: 'none' })}.${part(claims)}.${part({ accessToken })}`
  }

  /** POST /sessions/refresh, as the app asks it. */
  private answer(process: Process, memory: Process['memory'], body: string): Promise<Response> {
    const { loss, ill, slow } = this.weather
    const kind = this.chance()
    process.asked += 1
    return new Promise((resolve, reject) => {
      this.later(this.chance() * slow * 0.2, () => {
        const answer = kind < ill / 2 ? aRefusal('internal', 500) : this.renewed(body)
        const back = this.chance() * slow * 0.2
        if (this.chance() < loss / 2) this.later(back, () => reject(new TypeError('lost')))
        else {
          this.later(back, () => {
            if (kind >= ill && answer.ok) memory.hasRenewed = true
            resolve(kind < ill ? aRefusal('internal', 500) : answer)
          })
        }
      })
    })
  }

  private renewed(body: string): Response {
    try {
      const { refreshToken, mayBeOlder } = JSON.parse(body) as { refreshToken: string; mayBeOlder: boolean }
      const complete = this.family.refresh(refreshToken, this.time, mayBeOlder)
      const tokens = { ...complete.tokens, accessToken: this.written(complete.tokens.accessToken) }
      return Response.json({ ...complete, tokens })
    } catch (error) {
      if (isAuthError(error)) return aRefusal(error.code, error.status)
      throw error
    }
  }

  private someProcess(): Process {
    return this.processes[Math.floor(this.chance() * this.processes.length)] as Process
  }

  /**
   * A page is asked for with the cookies of this moment; what it sets is kept when it arrives, in whatever order.
   * @param canSet whether it can set cookies at all
   */
  load(canSet = true, process = this.someProcess()): void {
    const { loss, slow } = this.weather
    const flight: Flight = { sent: new Map(this.jar), set: new Map() }
    this.flights.add(flight)
    this.later(this.chance() * slow, () => {
      const { sent, set } = flight
      const cookies: CookieJar = {
        get: (name) => set.get(name) ?? sent.get(name),
        set(name, value) {
          if (!canSet) throw new Error('the answer has begun')
          set.set(name, value)
        },
      }
      const client = process.auth.client(cookies)
      const { hasRenewed } = process.memory
      // Many parts of a page ask, at once.
      void Promise.all([client.getAccessToken(), client.getAccessToken()]).then(([first]) => {
        if (first.data !== null && hasRenewed) this.look(first.data)
        if (this.chance() < loss) return this.flights.delete(flight)
        return this.later(this.chance() * slow, () => {
          this.flights.delete(flight)
          this.seen.push(first.data !== null)
          this.keepAll(set)
        })
      })
    })
  }

  private keepAll(set: ReadonlyMap<string, string>): void {
    for (const [name, value] of set) if (value === '') this.jar.delete(name)
    for (const [name, value] of set) if (value !== '') this.jar.set(name, value)
  }

  /** A process that has seen how its clock goes gives no token that is dead. */
  private look(accessToken: string): void {
    const { iat } = readJson(accessToken.split('.')[1] ?? '') ?? {}
    const age = this.time - Number(iat) * seconds
    if (age > (this.life + 3) * seconds) this.faults.push('a page was given a dead token')
  }

  /** The clock of a process is set right, or goes wrong again. */
  setClock(process: Process): void {
    process.isRight = !process.isRight
    process.memory.hasRenewed = false
  }

  /** Steps up, in a form: whatever was renewed for pages just before may arrive before the answer or after it. */
  stepUp(): void {
    if (!this.family.isAlive || this.ageOf(this.jar) >= this.life * seconds) return
    const complete = this.family.renew(this.time)
    this.later(this.chance() * this.weather.slow, () => this.keep(complete))
  }

  /** Milliseconds since the server made the access token in some cookies. */
  private ageOf(cookies: ReadonlyMap<string, string>): number {
    const { iat } = readJson(cookies.get(cookieNames.access)?.split('.')[1] ?? '') ?? {}
    return typeof iat === 'number' ? this.time - iat * seconds : Number.POSITIVE_INFINITY
  }

  /** The refresh token in the cookies. */
  get held(): string | undefined {
    return this.jar.get(cookieNames.refresh)
  }

  /** Somebody else presents a token. @param lies says that there may be a newer one. @returns the one they get for it, if any */
  present(token: string | undefined, lies: boolean): string | undefined {
    try {
      return this.family.refresh(token ?? '', this.time, lies).tokens.refreshToken ?? undefined
    } catch {
      return undefined
    }
  }
}

const madeAt = (accessToken: string) => Number(accessToken.split('@')[1])

const aRefusal = (code: string, status: number) =>
  Response.json({ code, message: code, requestId: 'r', details: {}, retryAfter: null }, { status })

/** Everything that follows from what has happened, without any time passing. */
const drained = async () => {
  for (let turns = 0; turns < 3; turns += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
