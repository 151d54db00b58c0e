import type { Refusal } from '../../base/errors.ts'
import type { Settings } from '../../core/settings/settings.ts'
import { type Answer, type AnswerHeaders, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import { newKey } from '../../http/key.ts'
import type { Gate } from '../../http/route.ts'
import { type Doing, supabaseErrors, supabaseErrorsWhile, type Wire } from './errors.ts'
import { dialectWire } from './refuse.ts'
import { weakPassword } from './weak-password.ts'

const doingKey = newKey<Doing>('doing')
const datedVersion = '2024-01-01'

/** Says what a request is about, for the errors that are told differently there. */
export function nowDoing(exchange: Exchange, what: Doing): void {
  exchange.set(doingKey, what)
}

/** The same for a whole route. */
export function doing(what: Doing): Gate {
  return (exchange) => nowDoing(exchange, what)
}

/** A refusal in this dialect's words. */
export function wireOf(refusal: Refusal, what: Doing | undefined): Wire {
  const dialect = dialectWire(refusal)
  if (dialect !== undefined) return dialect
  const telling =
    (what === undefined ? undefined : supabaseErrorsWhile[what][refusal.code]) ?? supabaseErrors[refusal.code]
  return typeof telling === 'function' ? telling(refusal) : telling
}

/** Whether the client reads errors in the form of the dated API versions. */
function isDated(header: string | undefined): boolean {
  if (header === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(header)) return false
  const time = Date.parse(header)
  // The thirtieth of February is read as a day of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(header) && header >= datedVersion
}

/** Shows every refusal below the mount, in the form of the API version the client asked for. */
export function errorPresenter({ password }: Pick<Settings, 'password'>) {
  return (refusal: Refusal, exchange: Exchange): Answer => {
    const oauth = refusal.details['oauthError']
    const dated = isDated(exchange.header('x-supabase-api-version'))
    const version: AnswerHeaders = dated ? { 'x-supabase-api-version': datedVersion } : {}
    const what = exchange.get(doingKey)
    // As upstream, 400 whatever it is.
    if (typeof oauth === 'string') return json(400, { error: oauth, error_description: refusal.message }, version)
    const told = wireOf(refusal, what)
    const standard = what === 'oauth' ? { error: standardName(refusal), error_description: told.message } : {}
    if (refusal.code === 'weak_password') return presentWeak(told, weakOf(refusal, password), { dated, version })
    const headers = { ...version, ...(told.status === 500 ? {} : { 'x-sb-error-code': told.code }) }
    if (dated) return json(told.status, { code: told.code, message: told.message, ...standard }, headers)
    const id = told.status >= 500 ? { error_id: exchange.requestId } : {}
    return json(
      told.status,
      { code: told.status, error_code: told.code, msg: told.message, ...id, ...standard },
      headers,
    )
  }
}

/** A refusal in the standard's words (RFC 6749 §5.2), for clients that know no others. */
function standardName({ code }: Refusal): string {
  switch (code) {
    case 'invalid_credentials':
      return 'invalid_client'
    case 'validation_failed':
    case 'bad_json':
    case 'unsupported_media_type':
    case 'payload_too_large':
      return 'invalid_request'
    case 'over_request_rate_limit':
    case 'unavailable':
      return 'temporarily_unavailable'
    case 'unexpected_failure':
      return 'server_error'
    default:
      return 'invalid_grant'
  }
}

function weakOf({ details }: Refusal, rules: Settings['password']) {
  const { reasons } = details
  return weakPassword(Array.isArray(reasons) ? reasons.map(String) : [], rules)
}

function presentWeak(
  { status, code }: Wire,
  { message, reasons }: ReturnType<typeof weakPassword>,
  { dated, version }: { readonly dated: boolean; readonly version: AnswerHeaders },
): Answer {
  if (dated) return json(status, { code, message, weak_password: { reasons } }, version)
  const body = { code: status, error_code: code, msg: message, weak_password: { reasons } }
  return json(status, body, { ...version, 'x-sb-error-code': code })
}
