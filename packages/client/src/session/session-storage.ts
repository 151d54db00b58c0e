import { hear } from '../base/hear.ts'

/**
 * Where a client remembers. Methods may answer at once or later. A storage that is shared between tabs should answer at
 * once, or else replace values in one step, and may say when another tab changed something.
 */
export interface SessionStorage {
  get(key: string): string | null | Promise<string | null>
  set(key: string, value: string): void | Promise<void>
  remove(key: string): void | Promise<void>
  /** Calls back when somebody else changed the value. @returns the way to stop */
  subscribe?(key: string, changed: () => void): () => void
}

/**
 * Remembers until the process or page ends. The default where there is no local storage.
 * @example
 * const robot = createClient({ url, storage: memoryStorage() })
 */
export function memoryStorage(): SessionStorage {
  return storageOf(new Map())
}

function storageOf(held: Map<string, string>): SessionStorage {
  return {
    get: (key) => held.get(key) ?? null,
    set: (key, value) => void held.set(key, value),
    remove: (key) => void held.delete(key),
  }
}

/** The part of the web's `Storage` that is used. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/**
 * The browser's local or session storage. Local storage is the default in browsers.
 * @param storage default `localStorage`
 * @example
 * const auth = createClient({ url, storage: webStorage(sessionStorage) })
 */
export function webStorage(storage: WebStorage = localStorage): SessionStorage {
  return {
    get: (key) => storage.getItem(key),
    set: (key, value) => storage.setItem(key, value),
    remove: (key) => storage.removeItem(key),
    subscribe: (key, changed) =>
      hear(window, ['storage'], (event: StorageEvent) => {
        if (event.storageArea === storage && (event.key === key || event.key === null)) changed()
      }),
  }
}

/** What React Native's AsyncStorage and its likes offer. */
export interface AsyncStorageLike {
  getItem(key: string): Promise<string | null>
  setItem(key: string, value: string): Promise<unknown>
  removeItem(key: string): Promise<unknown>
}

/**
 * Remembers in an asynchronous storage, such as React Native's AsyncStorage. What it remembers may be longer than the 2,048
 * bytes that Expo's SecureStore is made for; its keys are of letters, digits, `.`, `-` and `_` alone, as that one wants them.
 * @example
 * const auth = createClient({ url, storage: asyncStorage(AsyncStorage) })
 */
export function asyncStorage(storage: AsyncStorageLike): SessionStorage {
  const plain = (key: string) => key.replaceAll(/[^\w.-]/g, '.')
  return {
    get: (key) => storage.getItem(plain(key)),
    set: async (key, value) => void (await storage.setItem(plain(key), value)),
    remove: async (key) => void (await storage.removeItem(plain(key))),
  }
}

/** The browser's storage of this name where there is one that works, else memory. */
export function browserStorage(name: 'localStorage' | 'sessionStorage'): SessionStorage {
  try {
    // Merely looking at it throws where a browser forbids it, and everywhere but in browsers.
    if (window[name]) return webStorage(window[name])
  } catch {}
  return memoryStorage()
}

/** The same storage, and memory from the moment it fails: a full or forbidden storage signs nobody out. */
export function forgiving(storage: SessionStorage): SessionStorage {
  const written = new Map<string, string>()
  const memory = storageOf(written)
  let hasFailed = false
  const attempt = <T>(work: (on: SessionStorage) => T | Promise<T>): T | Promise<T> => {
    const again = () => {
      hasFailed = true
      return work(memory)
    }
    if (hasFailed) return again()
    try {
      const result = work(storage)
      return result instanceof Promise ? result.catch(again) : result
    } catch {
      return again()
    }
  }
  return {
    ...storage,
    get: (key) => attempt((on) => on.get(key)),
    set(key, value) {
      written.set(key, value)
      return attempt((on) => on.set(key, value))
    },
    remove(key) {
      written.delete(key)
      return attempt((on) => on.remove(key))
    },
  }
}
