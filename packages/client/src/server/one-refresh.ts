import type { Runtime } from '../base/runtime.ts'

/** Runs the work for a token once, and answers everybody who asks in the same moment alike. */
export type OneRefresh<T> = (refreshToken: string, work: () => Promise<T>) => Promise<T>

/** How long an answer serves others: well within the server's grace. */
const momentMs = 4_000

/** Requests that come at the same time carry the same cookie: one of them renews it for all. */
export function createOneRefresh<T>(runtime: Runtime): OneRefresh<T> {
  const flights = new Map<string, { readonly answer: Promise<T>; readonly at: number }>()
  return (refreshToken, work) => {
    for (const [key, { at }] of flights) if (runtime.uptime() - at > momentMs) flights.delete(key)
    const known = flights.get(refreshToken)
    if (known !== undefined) return known.answer
    const answer = work()
    flights.set(refreshToken, { answer, at: runtime.uptime() })
    // What failed may be tried again at once.
    answer.catch(() => flights.delete(refreshToken))
    return answer
  }
}
