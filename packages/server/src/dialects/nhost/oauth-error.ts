import type { Refusal } from '../../base/errors.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import { newKey } from '../../http/key.ts'
import type { Gate } from '../../http/route.ts'

const standardKey = newKey<'application' | 'bearer'>('standard-errors')

/** Marks routes whose errors are the standards' (RFC 6749 §5.2, RFC 6750 §3). @param shows what a request proves itself with */
export function standardErrors(shows: 'application' | 'bearer'): Gate {
  return (exchange) => exchange.set(standardKey, shows)
}

interface Told {
  readonly status: number
  readonly error: string
}

/** A refusal in the standards' words, on the routes that are marked so. */
export function standardAnswer(refusal: Refusal, exchange: Exchange): Answer | undefined {
  const shows = exchange.get(standardKey)
  if (shows === undefined) return undefined
  const { status, error } = told(refusal, shows)
  const asksBasic = shows === 'application' && exchange.header('authorization')?.toLowerCase().startsWith('basic')
  const scheme = shows === 'bearer' ? `Bearer error="${error}"` : 'Basic realm="token"'
  const challenge = status === 401 && (shows === 'bearer' || asksBasic) ? { 'www-authenticate': scheme } : {}
  return json(status, { error, error_description: refusal.message }, { 'cache-control': 'no-store', ...challenge })
}

function told({ code, details }: Refusal, shows: 'application' | 'bearer'): Told {
  const named = details['oauthError']
  if (typeof named === 'string') return { status: named === 'invalid_client' ? 401 : 400, error: named }
  switch (code) {
    case 'validation_failed':
    case 'bad_json':
    case 'unsupported_media_type':
    case 'payload_too_large':
      return { status: 400, error: 'invalid_request' }
    case 'over_request_rate_limit':
      return { status: 429, error: 'temporarily_unavailable' }
    case 'unavailable':
      return { status: 503, error: 'temporarily_unavailable' }
    case 'unexpected_failure':
      return { status: 500, error: 'server_error' }
    default:
      return shows === 'bearer' ? { status: 401, error: 'invalid_token' } : { status: 400, error: 'invalid_grant' }
  }
}
