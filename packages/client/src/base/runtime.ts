import { hear } from './hear.ts'

/** A way to tell the other tabs of this app that something changed. */
export interface Channel {
  post(message: unknown): void
  /** @returns the way to stop listening */
  listen(heard: (message: unknown) => void): () => void
  close(): void
}

/** What a browser's page offers; there is none on a server. */
export interface Page {
  href(): string
  /** Shows another address without loading anything. */
  replace(href: string): void
  /** Leaves for another address. */
  leave(href: string): void
  /** Closes it, where a script opened it. */
  close(): void
  isVisible(): boolean
  /** Calls back when the page is looked at again or the network is back. */
  onWake(woken: () => void): () => void
  /** Calls back when the page goes away. */
  onHide(hidden: () => void): () => void
}

/** Time, chance, network and surroundings: handed in, so that a test can hold them still. */
export interface Runtime {
  /** The clock on the wall, in milliseconds since 1970. It may jump. */
  now(): number
  /** Milliseconds since some moment, never running back. It may stand still while the machine sleeps. */
  uptime(): number
  random(length: number): Uint8Array<ArrayBuffer>
  fetch: typeof globalThis.fetch
  /** Calls back once after some milliseconds. @returns the way to call it off */
  after(ms: number, work: () => void): () => void
  readonly page: Page | undefined
  /** The web's cryptography; pages that came over plain http have none. */
  readonly subtle: SubtleCrypto | undefined
  channel(name: string): Channel | undefined
}

/** The real clock, generator, network and page. @param fetcher in place of the global `fetch` */
export function systemRuntime(fetcher?: typeof globalThis.fetch): Runtime {
  return {
    now: () => Date.now(),
    uptime: () => performance.now(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    // Looked up at each call, so that what wraps it later is used; browsers want it called on their own global.
    fetch: fetcher ?? ((input, init) => globalThis.fetch(input, init)),
    after(ms, work) {
      // Longer ones than 2^31 - 1 ms would fire at once.
      const timer = setTimeout(work, Math.min(ms, 2_147_483_647))
      return () => clearTimeout(timer)
    },
    page: typeof document === 'object' ? browserPage() : undefined,
    subtle: globalThis.crypto?.subtle,
    channel: openChannel,
  }
}

function browserPage(): Page {
  return {
    href: () => location.href,
    replace: (href) => history.replaceState(history.state, '', href),
    leave: (href) => location.assign(href),
    close: () => window.close(),
    isVisible: () => !document.hidden,
    onWake: (woken) => hear(window, ['visibilitychange', 'online', 'pageshow'], woken),
    onHide: (hidden) => hear(window, ['pagehide'], hidden),
  }
}

function openChannel(name: string): Channel | undefined {
  // Outside of pages a channel would keep the process alive, and there are no tabs; some edge runtimes refuse its bare name.
  if (typeof window !== 'object' || typeof window.BroadcastChannel !== 'function') return undefined
  const channel = new window.BroadcastChannel(name)
  return {
    post: (message) => channel.postMessage(message),
    listen: (heard) => hear(channel, ['message'], ({ data }: MessageEvent) => heard(data)),
    close: () => channel.close(),
  }
}
