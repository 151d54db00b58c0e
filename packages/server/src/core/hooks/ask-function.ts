import { Refusal } from '../../base/errors.ts'
import type { HookCall, HookFunction, HookJson } from './hook.ts'
import { hookSeconds, unavailable } from './hook-failure.ts'
import { readAnswer } from './read-answer.ts'

/**
 * Asks a hook that is a function. It gets a copy, and what it returns is taken as JSON: it can neither change what is
 * asked nor hand in anything but data.
 * @param ms milliseconds it may take; default 5,000
 * @throws Refusal `hook_rejected`, `hook_unavailable`
 */
export async function askFunction(
  run: HookFunction,
  { input }: HookCall,
  ms = hookSeconds.function * 1_000,
): Promise<HookJson> {
  const limit = new AbortController()
  const late = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(unavailable('timeout', { seconds: ms / 1_000 })))
  })
  const timer = setTimeout(() => limit.abort(), ms)
  try {
    const answer = await Promise.race([runIt(run, input, limit.signal), late])
    return readAnswer(JSON.stringify(answer ?? {}) ?? '')
  } catch (error) {
    throw error instanceof Refusal ? error : unavailable('fault', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

const runIt = async (run: HookFunction, input: HookCall['input'], signal: AbortSignal): Promise<unknown> =>
  run(structuredClone(input) as never, { signal })
