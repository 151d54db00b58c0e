import { AuthError } from '../../src/base/auth-error.ts'
import type { Runtime } from '../../src/base/runtime.ts'
import { createSessionManager, type SessionManager } from '../../src/session/session-manager.ts'
import type { SessionStorage } from '../../src/session/session-storage.ts'
import type { Stored } from '../../src/session/stored.ts'
import { tryMs } from '../../src/session/tries.ts'
import { Family } from './family.ts'

/** Chance that a seed decides, the same each time (mulberry32). */
export function chanceOf(seed: number): () => number {
  let at = seed >>> 0
  return () => {
    at = (at + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(at ^ (at >>> 15), at | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Complete = Family['first']

interface Event {
  at: number
  readonly tab: Tab | null
  run: (() => void) | undefined
}

export interface Tab {
  readonly manager: SessionManager
  readonly hear: Set<(message: unknown) => void>
  readonly flying: Set<() => void>
  hide: (() => void) | undefined
  wake: (() => void) | undefined
  isOpen: boolean
  isFrozen: boolean
  wasFrozen: boolean
  readonly openedAt: number
  /** Put aside by the browser: what other tabs say meanwhile is never heard. */
  isDeaf: boolean
  /** It steps up: new tokens may be on their way to it that nobody can ask for again. */
  isStepping: boolean
  isOwed: boolean
}

const key = 'watchword:model'

/** How bad the network is. */
export interface Weather {
  /** Between 0 and 1: how many requests and answers get lost. */
  readonly loss: number
  /** Between 0 and 1: how often the server, or something before it, answers that it cannot. */
  readonly ill: number
  /** Milliseconds one way at most. */
  readonly slow: number
}

/** One device with its tabs, its clock and its network, and the server beyond; time passes only when told to. */
export class Machine {
  readonly tabs: Tab[] = []
  /** What went wrong. */
  readonly faults: string[] = []
  /** The session that somebody is in, as they wanted it last. */
  current: Family | null = null
  /** Somebody else had the token, or new ones never arrived: whoever is signed out now has been signed out rightly. */
  isEarned = false
  weather: Weather
  /** Refresh tokens in answers that got lost, which somebody else may have caught. */
  readonly lost: string[] = []
  /** What makes the age of a token hard to know: the wall clock was put forward or back, the machine slept, an answer was old. */
  readonly clock = { forward: false, back: 0, slept: false, stale: false }
  private readonly families: Family[] = []
  private readonly chance: () => number
  private readonly life: number
  private readonly stored = new Map<string, string>()
  private events: Event[] = []
  private time = 1_700_000_000_000
  private wallShift = 0
  private slept = 0

  constructor(seed: number, life: number, weather: Weather) {
    this.chance = chanceOf(seed)
    this.life = life
    this.weather = weather
  }

  /** Signs in, in the first tab. */
  async begin(): Promise<void> {
    const tab = await this.openTab()
    if (tab !== undefined) this.enter(tab)
    await drained()
  }

  private later(ms: number, tab: Tab | null, run: () => void): () => void {
    const event: Event = { at: this.time + Math.max(0, Math.ceil(ms)), tab, run }
    this.events.push(event)
    return () => {
      event.run = undefined
    }
  }

  /** Lets time pass, and everything happen that is due until then. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms
    await drained()
    for (let events = 0; events < 2_000; events += 1) {
      const next = this.nextUntil(until)
      if (next === undefined) break
      this.time = Math.max(this.time, next.at)
      next.run?.()
      await drained()
    }
    this.time = until
  }

  private nextUntil(until: number): Event | undefined {
    let best: Event | undefined
    let isStale = false
    for (const event of this.events) {
      if (event.run === undefined || event.tab?.isOpen === false) isStale = true
      else if (event.at <= until && event.tab?.isFrozen !== true && (best === undefined || event.at < best.at))
        best = event
    }
    if (best !== undefined || isStale)
      this.events = this.events.filter(
        (event) => event !== best && event.run !== undefined && event.tab?.isOpen !== false,
      )
    return best
  }

  private runtimeOf(tab: () => Tab): Runtime {
    return {
      now: () => this.time + this.wallShift,
      uptime: () => this.time - this.slept,
      random: (length) => Uint8Array.from({ length }, () => Math.floor(this.chance() * 256)),
      fetch: () => Promise.reject(new Error('nobody fetches here')),
      after: (ms, work) => this.later(ms, tab(), work),
      subtle: undefined,
      page: {
        href: () => '',
        replace() {},
        leave() {},
        close() {},
        isVisible: () => true,
        onWake: (woken) => {
          tab().wake = woken
          return () => {}
        },
        onHide: (hidden) => {
          tab().hide = hidden
          return () => {}
        },
      },
      channel: () => ({
        post: (message) => this.broadcast(tab(), message),
        listen: (heard) => {
          tab().hear.add(heard)
          return () => tab().hear.delete(heard)
        },
        close() {},
      }),
    }
  }

  private broadcast(from: Tab, message: unknown): void {
    for (const tab of this.tabs)
      if (tab !== from && tab.isOpen && !tab.isDeaf)
        this.later(this.chance() * 20, tab, () => {
          for (const heard of tab.hear) heard(message)
        })
  }

  /** What is left of a tab's work when it is closed never runs. */
  private storageOf(tab: () => Tab): SessionStorage {
    return {
      get: (name) => this.stored.get(name) ?? null,
      set: (name, value) => void (tab().isOpen && this.stored.set(name, value)),
      remove: (name) => void (tab().isOpen && this.stored.delete(name)),
    }
  }

  /** A request reaches the server before its sender gives it up, or never; its answer comes whenever it likes, or never. */
  private renewAt(tab: Tab, token: string | null, isSure: boolean) {
    return new Promise<Complete>((resolve, reject) => {
      if (!tab.isOpen) return
      const { loss, slow } = this.weather
      const there = Math.min(this.chance() * this.chance() * slow, tryMs - 1)
      const back = this.chance() * this.chance() * slow
      const fails = () => reject(new AuthError('network_error'))
      if (this.chance() < loss / 2) {
        if (this.chance() < 0.5) this.later(there, tab, fails)
        return
      }
      const stop = this.later(there, null, () => {
        tab.flying.delete(stop)
        const answer = this.ask(token ?? '', !isSure)
        if (this.chance() >= loss) this.later(back, tab, () => answer(resolve, reject))
        else {
          answer(
            ({ tokens }) => this.lost.push(tokens.refreshToken ?? ''),
            () => {},
          )
          if (this.chance() < 0.5) this.later(back, tab, fails)
        }
      })
      tab.flying.add(stop)
    })
  }

  /** Asks for new tokens. Whatever stands before the server may say that it cannot, before or after it has. */
  private ask(token: string, mayBeOlder: boolean) {
    const refuse = (error: unknown) => (_: (complete: Complete) => void, reject: (error: unknown) => void) =>
      reject(error)
    const ill = this.chance() < this.weather.ill ? this.chance() : undefined
    if (ill !== undefined && ill < 0.5) return refuse(illness(ill * 2))
    try {
      const complete = this.familyOf(token).refresh(token, this.time, mayBeOlder)
      if (ill !== undefined) return refuse(illness(ill * 2 - 1))
      return (resolve: (complete: Complete) => void) => resolve(complete)
    } catch (error) {
      return refuse(error)
    }
  }

  private familyOf(token: string): Family {
    const family = this.families.find((one) => one.knows(token))
    if (family === undefined) throw new AuthError('refresh_token_not_found', { status: 400 })
    return family
  }

  async openTab(): Promise<Tab | undefined> {
    if (this.tabs.filter(({ isOpen }) => isOpen).length >= 4) return undefined
    const held: { tab?: Tab } = {}
    const tab = () => held.tab as Tab
    const runtime = this.runtimeOf(tab)
    const empty = { hear: new Set<(message: unknown) => void>(), flying: new Set<() => void>() }
    const marks = {
      isOpen: true,
      isFrozen: false,
      wasFrozen: false,
      openedAt: this.time,
      isDeaf: false,
      isStepping: false,
      isOwed: false,
    }
    held.tab = { ...empty, ...marks, hide: undefined, wake: undefined, manager: undefined as unknown as SessionManager }
    const manager = createSessionManager({
      runtime,
      storage: this.storageOf(tab),
      key,
      inCookies: false,
      renewAt: (token, _, isSure) => this.renewAt(tab(), token, isSure),
    })
    Object.assign(held.tab, { manager })
    this.tabs.push(held.tab)
    manager.listen((event) => {
      if (event === 'signed_out' && this.current !== null && !this.isEarned) this.faults.push('a tab was signed out')
    })
    await manager.load()
    manager.open(null)
    await drained()
    return held.tab
  }

  /** Signs in: a session of its own, whatever there was before. */
  enter(tab: Tab): void {
    if (this.families.length >= 20) return
    const family = new Family(String.fromCharCode(65 + this.families.length), this.time, this.life)
    this.families.push(family)
    this.current = family
    this.isEarned = false
    void tab.manager.adopt(family.first, 'signed_in')
  }

  /** Signs out. The server hears of it, sooner or later or never. */
  leave(tab: Tab): void {
    const left = this.current
    this.current = null
    void tab.manager.clear(null)
    if (left === null || this.chance() < 0.2) return
    this.later(this.chance() * this.weather.slow, null, () => {
      left.isAlive = false
    })
  }

  /** Steps up: the answer brings tokens besides which there are no others any more. */
  stepUp(tab: Tab): void {
    const family = this.current
    if (family === null || this.tabs.some(({ isStepping }) => isStepping)) return
    tab.isStepping = true
    const ask = () =>
      new Promise<Complete>((resolve, reject) => {
        this.later(this.chance() * 2_000, null, () => {
          if (this.chance() < this.weather.loss || !tab.isOpen) return reject(new AuthError('network_error'))
          try {
            const complete = family.renew(this.time)
            tab.isOwed = true
            if (tab.isFrozen) this.isEarned = true
            this.later(this.chance() * this.chance() * 4_000, tab, () => resolve(complete))
          } catch (error) {
            reject(error)
          }
        })
      })
    const work = async () => {
      const complete = await tab.manager.during(ask)
      Object.assign(tab, { isOwed: false, isStepping: false })
      if (this.ageOf(complete.tokens.accessToken) > 10_000) this.clock.stale = true
      // Whoever left meanwhile, or is somebody else by now, does not want it.
      if (this.current === family) await tab.manager.adopt(complete, 'elevated')
    }
    work().catch(() => Object.assign(tab, { isOwed: false, isStepping: false }))
  }

  /** The tab dies, in order or not. What it had sent may still reach the server. */
  close(tab: Tab, inOrder: boolean): void {
    if (inOrder) tab.hide?.()
    for (const stop of tab.flying) {
      if (this.chance() < 0.5) stop()
    }
    if (tab.isOwed) this.isEarned = true
    Object.assign(tab, { isOpen: false, isStepping: false })
    tab.manager.dispose()
  }

  /** The browser stops a tab; `aside` is how it does so with pages one may come back to. */
  freeze(tab: Tab, aside: boolean): void {
    if (tab.isStepping) this.isEarned = true
    if (aside) tab.hide?.()
    Object.assign(tab, { isFrozen: true, wasFrozen: true, isDeaf: aside })
  }

  thaw(): void {
    for (const tab of this.tabs) {
      if (!tab.isFrozen) continue
      tab.isFrozen = false
      tab.isDeaf = false
      this.later(this.chance() * 50, tab, () => tab.wake?.())
    }
  }

  /** The whole machine sleeps: its clock of uptime stands still, and nothing moves on its network. */
  sleep(ms: number): void {
    this.clock.slept = true
    this.time += ms
    this.slept += ms
    for (const event of this.events) event.at += ms
    for (const tab of this.tabs) if (tab.isOpen) this.later(this.chance() * 50, tab, () => tab.wake?.())
  }

  jump(ms: number): void {
    if (ms > 0) this.clock.forward = true
    else this.clock.back = this.time
    this.wallShift += ms
  }

  /** Asks a tab for its access token, and looks at what it gives. */
  async use(tab: Tab): Promise<void> {
    const { manager } = tab
    const before = this.current
    const given = await manager.accessToken().catch((error: unknown) => error)
    const isSame = before === this.current && before !== null
    if (typeof given === 'string') {
      if (isSame && this.isAgeKnown(tab, given) && this.ageOf(given) > this.life * 1000 + 45_000)
        this.faults.push('a dead token was used')
    } else if (given instanceof AuthError && given.code !== 'not_signed_in') {
      const state = manager.state()
      const token = state.status === 'signed_in' ? state.tokens?.accessToken : undefined
      const isAlive = token !== undefined && this.ageOf(token) < this.life * 1000
      if (isAlive && !this.clock.forward) this.faults.push('a living token was kept back')
    } else if (given instanceof TypeError) this.faults.push(given.message)
  }

  /** A tab that finds another time on the wall knows what was before only if it was there, and the machine did not sleep. */
  private isAgeKnown(tab: Tab, accessToken: string): boolean {
    const { back, slept, stale } = this.clock
    const madeAt = this.time - this.ageOf(accessToken)
    if (stale || back === 0) return !stale
    return !slept && (back < madeAt || (tab.openedAt <= madeAt && !tab.wasFrozen))
  }

  /** What went wrong, here or at the server. */
  get allFaults(): string {
    return [...this.faults, ...this.families.flatMap(({ faults }) => faults)].join()
  }

  /** Milliseconds since the server made an access token. */
  ageOf(accessToken: string): number {
    return this.time - Number(accessToken.split('@')[1])
  }

  /** Somebody else presents a token. @param lies says that there may be a newer one. @returns the one they get for it, if any */
  present(token: string, lies: boolean): string | undefined {
    try {
      return this.familyOf(token).refresh(token, this.time, lies).tokens.refreshToken ?? undefined
    } catch {
      return undefined
    }
  }

  /** What is stored for all tabs. */
  get remembered(): Stored | undefined {
    const text = this.stored.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as Stored)
  }

  get storedToken(): string | undefined {
    return this.remembered?.tokens?.refreshToken ?? undefined
  }
}

/** What a server, or something in front of it, says in place of an answer. */
function illness(kind: number): AuthError {
  if (kind < 0.3) return new AuthError('rate_limited' as AuthError['code'], { status: 429, retryAfter: 1 })
  if (kind < 0.6) return new AuthError('internal' as AuthError['code'], { status: 500 })
  if (kind < 0.8) return new AuthError('bad_answer', { status: 502 })
  return new AuthError('bad_answer', { status: 200 })
}

/** Everything that follows from what has happened, without any time passing. */
const drained = () => new Promise<void>((resolve) => setImmediate(resolve))
