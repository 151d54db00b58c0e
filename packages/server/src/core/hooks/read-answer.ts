import { Refusal } from '../../base/errors.ts'
import type { HookJson } from './hook.ts'
import { mostBytes, unavailable } from './hook-failure.ts'

const deepest = 32
const mostKeys = 1_000
const longestMessage = 1_000

/**
 * Reads what a hook answered.
 * @throws Refusal `hook_rejected` where it says no, with its sentence and `details.status`; `hook_unavailable` where it is no
 * JSON object or an unreasonable one
 */
export function readAnswer(text: string): HookJson {
  if (Buffer.byteLength(text) > mostBytes) throw unavailable('over_size_limit')
  const answer = parse(text)
  if (!isObject(answer) || !isReasonable(answer)) throw unavailable('answer')
  const { error } = answer
  if (error === undefined || error === null) return answer
  throw isObject(error) ? rejection(error) : unavailable('answer')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unavailable('answer', { cause: error })
  }
}

/** An error without a sentence is an answer that nobody understands, which is a no as well. */
function rejection({ http_code: code, message }: HookJson): Refusal {
  if (typeof message !== 'string' || message === '') return unavailable('answer')
  const isStatus = Number.isInteger(code) && Number(code) >= 400 && Number(code) <= 599
  const status = isStatus ? Number(code) : 500
  return new Refusal('hook_rejected', { message: message.slice(0, longestMessage), details: { status } })
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is HookJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isReasonable(answer: HookJson): boolean {
  let keys = 0
  const fits = (value: unknown, depth: number): boolean => {
    if (typeof value !== 'object' || value === null) return true
    if (depth >= deepest) return false
    return Object.entries(value).every(([key, item]) => {
      keys += 1
      return keys <= mostKeys && key !== '__proto__' && fits(item, depth + 1)
    })
  }
  return fits(answer, 0)
}
