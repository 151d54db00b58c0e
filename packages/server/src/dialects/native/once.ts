import { invalid, Refusal } from '../../base/errors.ts'
import { adminKey } from '../../gate/admin.ts'
import type { Answer } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Native } from './dialect.ts'

const keyShape = /^[!-~]{1,128}$/

/**
 * Lets a request with an `Idempotency-Key` happen once for each caller: its repetition gets the same answer, with what
 * is shown once left empty. A failed one leaves the key free.
 * @throws Refusal `validation_failed`, `idempotency_key_reused`, `conflict` while the first one runs
 */
export async function once(
  { core }: Native,
  exchange: Exchange,
  what: { readonly path: string; readonly shownOnce: readonly string[] },
  work: () => Promise<Answer>,
): Promise<Answer> {
  const key = exchange.header('idempotency-key')
  if (key === undefined) return work()
  if (!keyShape.test(key)) throw invalid('Idempotency-Key', 'must be 1 to 128 visible characters')
  const who = exchange.need(adminKey).actor.id ?? 'nobody'
  const request = JSON.stringify([exchange.method, exchange.path, await exchange.json({ empty: 'undefined' })])
  const before = await core.idempotency.begin(who, key, request)
  if (before.kind === 'other') throw new Refusal('idempotency_key_reused')
  if (before.kind === 'running')
    throw new Refusal('conflict', { message: 'The first request with this key still runs.' })
  if (before.kind === 'again') return again(before.answer)
  const answer = await work().catch(async (error: unknown) => {
    await core.idempotency.abandon(who, key)
    throw error
  })
  await core.idempotency.finish(
    who,
    key,
    JSON.stringify({ status: answer.status, body: hide(answer.body, what.shownOnce) }),
  )
  return answer
}

function again(kept: string): Answer {
  const { status, body } = JSON.parse(kept) as { readonly status: number; readonly body?: unknown }
  return { status, ...(body === undefined ? {} : { body }), headers: { 'idempotent-replayed': 'true' } }
}

function hide(body: unknown, fields: readonly string[]): unknown {
  if (typeof body !== 'object' || body === null || fields.length === 0) return body
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, fields.includes(name) ? null : value]))
}
