import { AuthError } from '../../src/base/auth-error.ts'
import type { Runtime } from '../../src/base/runtime.ts'
import { createSessionManager, type SessionManager } from '../../src/session/session-manager.ts'
import type { SessionStorage } from '../../src/session/session-storage.ts'
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

interface Event {
  readonly at: number
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
}

const key = 'watchword:model'

/** How bad the network is. */
export interface Weather {
  /** Between 0 and 1: how many requests and answers get lost. */
  readonly loss: number
  /** Milliseconds one way at most. */
  readonly slow: number
}

/** One device with its tabs, its clock and its network, and the server beyond; time passes only when told to. */
export class Machine {
  readonly tabs: Tab[] = []
  readonly family: Family
  readonly faults: string[] = []
  /** Somebody else had the token: whoever is signed out now has been signed out rightly. */
  isEarned = false
  weather: Weather
  private readonly chance: () => number
  private readonly stored = new Map<string, string>()
  private events: Event[] = []
  private time = 1_700_000_000_000
  private wallShift = 0
  private slept = 0

  constructor(seed: number, life: number, weather: Weather) {
    this.chance = chanceOf(seed)
    this.weather = weather
    this.family = new Family(this.time, life)
  }

  /** Signs in, in the first tab. */
  async begin(): Promise<void> {
    const tab = await this.openTab()
    await tab?.manager.adopt(this.family.first, 'signed_in')
    await drained()
  }

  private later(ms: number, tab: Tab | null, run: () => void): () => void {
    const event: Event = { at: this.time + Math.max(0, ms), tab, run }
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
    let best = -1
    for (const [at, event] of this.events.entries()) {
      if (event.run === undefined || event.at > until || event.tab?.isFrozen === true) continue
      if (best === -1 || event.at < (this.events[best]?.at ?? 0)) best = at
    }
    const found = this.events[best]
    this.events = this.events.filter(
      (event) => event !== found && event.run !== undefined && event.tab?.isOpen !== false,
    )
    return found
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
      if (tab !== from && tab.isOpen)
        this.later(this.chance() * 20, tab, () => {
          for (const heard of tab.hear) heard(message)
        })
  }

  private storage(): SessionStorage {
    return {
      get: (name) => this.stored.get(name) ?? null,
      set: (name, value) => void this.stored.set(name, value),
      remove: (name) => void this.stored.delete(name),
    }
  }

  /** A request reaches the server before its sender gives it up, or never; its answer comes whenever it likes, or never. */
  private renewAt(tab: Tab, token: string | null) {
    return new Promise<typeof this.family.first>((resolve, reject) => {
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
        const answer = this.ask(token ?? '')
        if (this.chance() >= loss) this.later(back, tab, () => answer(resolve, reject))
        else if (this.chance() < 0.5) this.later(back, tab, fails)
      })
      tab.flying.add(stop)
    })
  }

  private ask(token: string) {
    try {
      const complete = this.family.refresh(token, this.time)
      return (resolve: (complete: typeof this.family.first) => void, _: unknown) => resolve(complete)
    } catch (error) {
      return (_: unknown, reject: (error: unknown) => void) => reject(error)
    }
  }

  async openTab(): Promise<Tab | undefined> {
    if (this.tabs.filter(({ isOpen }) => isOpen).length >= 4) return undefined
    const held: { tab?: Tab } = {}
    const tab = () => held.tab as Tab
    const runtime = this.runtimeOf(tab)
    const empty = { hear: new Set<(message: unknown) => void>(), flying: new Set<() => void>() }
    const parts = { ...empty, hide: undefined, wake: undefined, isOpen: true, isFrozen: false }
    held.tab = { ...parts, manager: undefined as unknown as SessionManager }
    const manager = createSessionManager({
      runtime,
      storage: this.storage(),
      key,
      inCookies: false,
      renewAt: (token) => this.renewAt(tab(), token),
    })
    Object.assign(held.tab, { manager })
    this.tabs.push(held.tab)
    manager.listen((event) => {
      if (event === 'signed_out' && !this.isEarned) this.faults.push('a tab was signed out')
    })
    await manager.load()
    manager.open(null)
    await drained()
    return held.tab
  }

  /** The tab dies, in order or not. What it had sent may still reach the server. */
  close(tab: Tab, inOrder: boolean): void {
    if (inOrder) tab.hide?.()
    for (const stop of tab.flying) {
      if (this.chance() < 0.5) stop()
    }
    tab.isOpen = false
    tab.manager.dispose()
  }

  /** The whole machine sleeps: its clock of uptime stands still, and nothing moves on its network. */
  sleep(ms: number): void {
    this.time += ms
    this.slept += ms
    for (const [at, event] of this.events.entries()) this.events[at] = Object.assign(event, { at: event.at + ms })
    for (const tab of this.tabs) if (tab.isOpen) this.later(this.chance() * 50, tab, () => tab.wake?.())
  }

  thaw(): void {
    for (const tab of this.tabs) tab.isFrozen = false
  }

  jump(ms: number): void {
    this.wallShift += ms
  }

  /** Somebody else presents the token that is stored here. */
  steal(): void {
    const text = this.stored.get(key)
    if (text === undefined) return
    this.isEarned = true
    this.ask((JSON.parse(text) as { tokens: { refreshToken: string } }).tokens.refreshToken)
  }

  get storedToken(): string | undefined {
    const text = this.stored.get(key)
    return text === undefined
      ? undefined
      : (JSON.parse(text) as { tokens: { refreshToken: string } }).tokens.refreshToken
  }
}

/** Everything that follows from what has happened, without any time passing. */
const drained = () => new Promise<void>((resolve) => setImmediate(resolve))
