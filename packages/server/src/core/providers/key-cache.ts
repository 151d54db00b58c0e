import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import type { Outbound } from '../../base/outbound.ts'
import type { Runtime } from '../../base/runtime.ts'
import { records } from './facts.ts'
import { readJson } from './read-json.ts'

/** The keys that providers sign with, kept per address. */
export interface KeyCache {
  /** Finds the key of a token. An unknown one makes the set be fetched anew, once a minute at most (S71). */
  keysAt(url: string): JWTVerifyGetKey
}

interface Kept {
  readonly find: JWTVerifyGetKey
  readonly at: number
}

const freshMs = 10 * 60_000
const pauseMs = 60_000
const mostKeys = 100

/** Public keys alone: a shared secret in a set that everybody can read would verify anything. */
function usable(answer: unknown): JSONWebKeySet {
  const keys = records((answer as { keys?: unknown } | null)?.keys).filter(
    (key) => ['RSA', 'EC', 'OKP'].includes(String(key['kty'])) && key['use'] !== 'enc' && key['d'] === undefined,
  )
  return { keys: keys.slice(0, mostKeys) as unknown as JSONWebKeySet['keys'] }
}

/** @param deps.outbound asks the provider. Failed fetches count as one, and leave what is there in place. */
export function createKeyCache(deps: {
  readonly outbound: Outbound
  readonly runtime: Pick<Runtime, 'now'>
}): KeyCache {
  const kept = new Map<string, Kept>()
  const underway = new Map<string, Promise<Kept>>()
  const triedAt = new Map<string, number>()
  const now = () => deps.runtime.now().getTime()

  const fetchSet = async (url: string): Promise<Kept> => {
    triedAt.set(url, now())
    const { createLocalJWKSet } = await import('jose')
    const set = usable(await readJson(deps.outbound, url))
    const fresh = { find: createLocalJWKSet(set), at: now() }
    kept.set(url, fresh)
    return fresh
  }
  const renew = (url: string): Promise<Kept> => {
    const running = underway.get(url) ?? fetchSet(url).finally(() => underway.delete(url))
    underway.set(url, running)
    return running
  }
  const mayAsk = (url: string) => now() - (triedAt.get(url) ?? Number.NEGATIVE_INFINITY) >= pauseMs
  const current = async (url: string): Promise<Kept> => {
    const one = kept.get(url)
    if (one === undefined) return renew(url)
    if (now() - one.at < freshMs || !mayAsk(url)) return one
    return renew(url).catch(() => one)
  }
  return {
    keysAt: (url) => async (header, token) => {
      const { errors } = await import('jose')
      const one = await current(url)
      try {
        return await one.find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !mayAsk(url)) throw error
        return (await renew(url)).find(header, token)
      }
    },
  }
}
