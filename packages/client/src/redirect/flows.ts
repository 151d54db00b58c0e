import { parsedObject, toBase64url } from '../base/encoding.ts'
import type { Runtime } from '../base/runtime.ts'
import type { SessionStorage } from '../session/session-storage.ts'

/** What goes along with whatever leads back here by a redirect (RFC 7636). */
export interface Challenge {
  readonly state: string
  readonly codeChallenge: string
}

/** Redirects that were begun in this browser: a code that comes back is worth nothing without the secret kept here. */
export interface Flows {
  /** Begins one, if there is cryptography. @param inWindow it comes back in a second window */
  begin(inWindow: boolean): Promise<Challenge | undefined>
  /** The verifier of one, which is gone with this. */
  take(state: string): Promise<string | undefined>
}

/** States of ours begin with this, so that nobody else's `?code=` is taken. */
export const statePrefix = 'ww-'
/** Follows where it is a second window that comes back. Nothing random begins with it. */
const windowMark = '~'

/** Whether what comes back with a state belongs to the page that opened this one. */
export const isOfWindow = (state: string | null): state is string => state?.[statePrefix.length] === windowMark
const lifeMs = 24 * 3_600_000
const atMost = 5

interface Flow {
  readonly verifier: string
  readonly at: number
}

/** By their state. */
type Board = Readonly<Record<string, Flow>>

export function createFlows({
  runtime,
  storage,
  key,
}: {
  readonly runtime: Runtime
  readonly storage: SessionStorage
  readonly key: string
}): Flows {
  const read = async (): Promise<Map<string, Flow>> => {
    const flows = Object.entries(parsedObject(await storage.get(key)) as Board)
    return new Map(flows.filter(([, { at }]) => Math.abs(runtime.now() - at) < lifeMs))
  }
  const write = (flows: [string, Flow][]) =>
    flows[0] ? storage.set(key, JSON.stringify(Object.fromEntries(flows))) : storage.remove(key)
  return {
    async begin(inWindow) {
      if (runtime.subtle === undefined) return undefined
      const state = statePrefix + (inWindow ? windowMark : '') + toBase64url(runtime.random(18))
      const verifier = toBase64url(runtime.random(48))
      const digest = await runtime.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
      const flows = (await read()).set(state, { verifier, at: runtime.now() })
      await write([...flows].slice(-atMost))
      return { state, codeChallenge: toBase64url(new Uint8Array(digest)) }
    },
    async take(state) {
      const flows = await read()
      const found = flows.get(state)
      flows.delete(state)
      await write([...flows])
      return found?.verifier
    },
  }
}
