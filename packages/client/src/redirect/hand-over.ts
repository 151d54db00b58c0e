import type { Runtime } from '../base/runtime.ts'

/** Where second windows and the pages that opened them meet. @param key of the session */
export const lineOf = (key: string): string => `${key}:windows`

/** How long a second window waits for the page that opened it before it goes on by itself. */
const patienceMs = 1_000

/**
 * Hands the address that somebody came back to over to the page that opened this one, and closes. A provider may have cut
 * the two apart, so it is said to every page of the app; the one that knows it says that.
 * @param flow the state that came with it
 * @returns false where no page of the app waits for it
 */
export async function handOver(runtime: Runtime, key: string, address: string, flow: string): Promise<boolean> {
  const line = runtime.channel(lineOf(key))
  const isTaken = await new Promise<boolean>((resolve) => {
    line?.listen((word) => word === flow && resolve(true))
    line?.post(address)
    runtime.after(line ? patienceMs : 0, () => resolve(false))
  })
  line?.close()
  if (isTaken) runtime.page?.close()
  return isTaken
}
