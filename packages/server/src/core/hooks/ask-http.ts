import { unixSeconds } from '../../base/duration.ts'
import { createOutbound, OutboundError, type OutboundPolicy } from '../../base/outbound.ts'
import type { HookCall, HookJson, HookPlace } from './hook.ts'
import { hookSeconds, mostBytes, unavailable } from './hook-failure.ts'
import { readAnswer } from './read-answer.ts'

/** How hooks elsewhere are asked. */
export interface HttpPolicy {
  readonly outbound: OutboundPolicy
  /** Milliseconds for all tries together. Default 5,000. */
  readonly totalMs?: number | undefined
  /** Milliseconds after a try that reached nobody. Default 2,000. */
  readonly pauseMs?: number | undefined
  readonly now: () => Date
}

const tries = 3

/**
 * Asks a hook by a signed POST (Standard Webhooks). Whoever reaches nobody tries again; redirects are not followed.
 * @throws Refusal `hook_rejected`, `hook_unavailable`
 */
export async function askHttp(
  { url, secrets }: Extract<HookPlace, { kind: 'http' }>,
  call: HookCall,
  { outbound, now, totalMs = hookSeconds.http * 1_000, pauseMs = 2_000 }: HttpPolicy,
): Promise<HookJson> {
  const body = JSON.stringify(call.input)
  const headers = { 'content-type': 'application/json', ...(await signed(secrets, call, body)) }
  const end = now().getTime() + totalMs
  const msLeft = () => end - now().getTime()
  const late = () => unavailable('timeout', { seconds: totalMs / 1_000 })
  for (let left = tries; left > 0; left -= 1) {
    const ms = Math.floor(msLeft())
    if (ms < 1) throw late()
    const ask = createOutbound({ ...outbound, totalMs: ms, bytes: mostBytes })
    const response = await ask(url, { method: 'POST', headers, body }).catch((error: unknown) => silence(error, late))
    if (response !== undefined && !mayAskAgain(response, left)) return read(response)
    if (response === undefined && left > 1) await pause(Math.min(pauseMs, msLeft()))
  }
  throw unavailable('timeout_after_retry')
}

/** Each secret signs, so that one can be replaced while both are good. */
async function signed(
  secrets: readonly string[],
  { id, at }: HookCall,
  body: string,
): Promise<Readonly<Record<string, string>>> {
  const { Webhook } = await import('standardwebhooks')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(unixSeconds(at)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(', '),
  }
}

/** Nobody there is worth another try; anything else is not. What is not allowed looks like nobody there. */
function silence(error: unknown, late: () => Error): undefined {
  if (!(error instanceof OutboundError)) throw error
  if (error.reason === 'too_slow') throw late()
  if (error.reason === 'too_large') throw unavailable('over_size_limit')
  if (error.reason === 'not_allowed') throw unavailable('timeout_after_retry', { cause: error })
  return undefined
}

const isBusy = (status: number): boolean => status === 429 || status === 503

const mayAskAgain = ({ status, headers }: Response, left: number): boolean =>
  isBusy(status) && headers.has('retry-after') && left > 1

async function read(response: Response): Promise<HookJson> {
  const { status, headers } = response
  if (status === 204) return {}
  if (status !== 200 && status !== 202) throw unavailable('status', { status })
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/json') throw unavailable('content_type')
  return readAnswer(await response.text())
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
