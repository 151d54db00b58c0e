import { parsedObject, randomTag } from '../base/encoding.ts'
import { chain } from '../base/maybe.ts'
import type { Runtime } from '../base/runtime.ts'
import type { SessionStorage } from './session-storage.ts'

/** How long one try to renew may take: nothing that comes later is taken. */
export const tryMs = 8_000

/** One try, from its beginning. */
export interface Try {
  /** Whether nobody else was at it at any time since this try began. */
  isAlone(): boolean
  end(): void
}

/**
 * Who is using the refresh token at the moment, for other tabs to see. No lock: they wait for a moment out of courtesy,
 * and then go ahead. Whoever was not alone knows it, and does not trust the order in which the server answered.
 */
export interface Tries {
  /** @param mine `false` for what this tab must wait for as well */
  begin(mine: boolean): Try
  /** Milliseconds to wait for others, from when they were first seen; none where nobody is at it. */
  others(courtesy: number): number | Promise<number>
  /** The page goes away: nobody needs to wait for it, but what it has sent may still arrive. */
  endAll(): void
}

/** What is stored: how many tries there were ever, and which are under way. */
interface Board {
  readonly count: number
  readonly ids: readonly string[]
}

export function createTries({
  runtime,
  storage,
  key,
}: {
  readonly runtime: Runtime
  readonly storage: SessionStorage
  readonly key: string
}): Tries {
  /** What this tab has begun, and whether it waits for that itself. */
  const begun = new Map<string, boolean>()
  const firstSeen = new Map<string, number>()

  /** Those of others that may still be alive. A tab that died in the middle is forgotten after {@link tryMs}. */
  const livingIn = ({ ids }: Board) => {
    const others = ids.filter((id) => begun.get(id) !== true)
    for (const id of firstSeen.keys()) if (!others.includes(id)) firstSeen.delete(id)
    for (const id of others) if (!firstSeen.has(id)) firstSeen.set(id, runtime.uptime())
    return others.filter((id) => ageOf(id) < tryMs)
  }
  const ageOf = (id: string) => runtime.uptime() - (firstSeen.get(id) ?? 0)

  const change = (by: (board: Board) => Board) =>
    chain(storage.get(key), (text) => {
      const board = by(boardIn(text))
      return chain(storage.set(key, JSON.stringify(board)), () => board)
    })

  return {
    begin(mine) {
      const id = randomTag(runtime, 6)
      const seen = { alone: true, count: 0 }
      void change((board) => {
        const living = livingIn(board)
        seen.alone = living.length === 0
        seen.count = board.count + 1
        begun.set(id, mine)
        return { count: seen.count, ids: [...board.ids.filter((one) => begun.has(one) || living.includes(one)), id] }
      })
      return {
        isAlone() {
          const text = storage.get(key)
          return seen.alone && (text instanceof Promise || boardIn(text).count === seen.count)
        },
        end() {
          begun.delete(id)
          void change(({ count, ids }) => ({ count, ids: ids.filter((one) => one !== id) }))
        },
      }
    },
    endAll() {
      const gone = new Set(begun.keys())
      begun.clear()
      if (gone.size > 0)
        void change(({ count, ids }) => ({ count, ids: ids.map((id) => (gone.has(id) ? goneMark + id : id)) }))
    },
    others: (courtesy) =>
      chain(storage.get(key), (text) => {
        const waited = livingIn(boardIn(text)).filter((id) => !id.startsWith(goneMark))
        return Math.max(0, ...waited.map((id) => courtesy - ageOf(id)))
      }),
  }
}

/** Before the id of a try whose page has gone away. */
const goneMark = '~'
const nobody: Board = { count: 0, ids: [] }

function boardIn(text: string | null): Board {
  const { count, ids } = parsedObject(text)
  if (typeof count !== 'number' || !Array.isArray(ids)) return nobody
  return { count, ids: ids.filter((id) => typeof id === 'string') }
}
