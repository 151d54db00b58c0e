import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Database } from '../../storage/database.ts'
import { askFunction } from './ask-function.ts'
import { askHttp, type HttpPolicy } from './ask-http.ts'
import { askPostgres } from './ask-postgres.ts'
import { type HookCall, type HookJson, type HookName, type HookPlaces, hookNames } from './hook.ts'

/** What a hook is told. */
export interface HookQuestion {
  readonly input: HookJson
  /** Whoever caused it. */
  readonly ip: string | null
  /** The same for a question that is asked again, so that its reader can tell. Default: a new one. */
  readonly id?: string
}

/** The application's own code, asked at set places. Never called inside a transaction. */
export interface Hooks {
  /** Whether there is anybody to ask. */
  has(name: HookName): boolean
  /**
   * Asks, and answers what was answered: an object in which no `error` is.
   * @throws Refusal `hook_rejected` where the hook says no (`details.status`, its own sentence); `hook_unavailable` where it
   * does not answer as it must (`details.reason`)
   */
  ask(name: HookName, question: HookQuestion): Promise<HookJson>
}

/** @param deps.http how hooks elsewhere are asked */
export function createHooks(deps: {
  readonly database: Pick<Database, 'transaction'>
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes' | 'log'>
  readonly places: HookPlaces
  readonly http: Omit<HttpPolicy, 'now'>
}): Hooks {
  const { database, runtime, places } = deps
  const { now } = runtime
  const http = { ...deps.http, now }

  const answerOf = (name: HookName, call: HookCall): Promise<HookJson> => {
    const place = places[name]
    if (place === undefined) throw new Error(`there is no hook ${name}`)
    if (place.kind === 'http') return askHttp(place, call, http)
    if (place.kind === 'postgres') return askPostgres({ database, now }, place, call)
    return askFunction(place.run, call)
  }

  return {
    has: (name) => places[name] !== undefined,
    async ask(name, { input, ip, id = newId(runtime) }) {
      const at = runtime.now()
      const metadata = { uuid: id, time: at.toISOString(), name: hookNames[name], ip_address: ip ?? '' }
      try {
        return await answerOf(name, { id, at, input: { metadata, ...input } })
      } catch (error) {
        const isOurs = error instanceof Refusal
        const reason = isOurs ? (error.details.reason ?? error.code) : 'fault'
        if (!isOurs || error.code === 'hook_unavailable')
          runtime.log.warn({ hook: name, id, reason }, 'a hook gave no answer that counts')
        throw error
      }
    },
  }
}
