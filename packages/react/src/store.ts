import { complete, type Session } from './session.ts'
import type { Shown, Source } from './source.ts'

/** What React asks for what is shown (useSyncExternalStore). */
export interface Store {
  subscribe(changed: () => void): () => void
  now(): Shown
  /** What the first render shows, on a server as in a page. */
  first(): Shown
}

/** Watches a source for as long as somebody looks. */
export function createStore(source: Source): Store {
  let shown = source.first
  let stop = () => {}
  const watchers = new Set<() => void>()

  const show = (news: Partial<Shown>) => {
    const keys = Object.keys(news) as (keyof Shown)[]
    if (keys.every((key) => news[key] === shown[key])) return
    shown = { ...shown, ...news }
    for (const changed of watchers) changed()
  }

  const begin = () => {
    const unwatch = source.watch(show)
    // Whoever has a session from elsewhere announces it like this; it is shown, and stored by nobody.
    const onSession = (event: Event) => {
      const session = (event as CustomEvent<Session | null | undefined>).detail ?? null
      show({ session: session?.user === undefined ? null : complete(session), loading: false })
    }
    window.addEventListener('supabase:session', onSession)
    return () => {
      window.removeEventListener('supabase:session', onSession)
      unwatch()
    }
  }

  return {
    subscribe(changed) {
      watchers.add(changed)
      if (watchers.size === 1) stop = begin()
      return () => {
        watchers.delete(changed)
        if (watchers.size === 0) stop()
      }
    },
    now: () => shown,
    first: () => source.first,
  }
}
