import type { Refusal } from '../../base/errors.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import { newKey } from '../../http/key.ts'
import type { Gate } from '../../http/route.ts'
import { captchaHeader } from './captcha.ts'
import type { NhostOptions } from './dialect.ts'
import { concealed, nhostErrors, type Wire, wireOfName } from './errors.ts'
import { standardAnswer } from './oauth-error.ts'
import { nameOf } from './refuse.ts'

const elevatedKey = newKey<true>('elevated-scheme')

/** Marks the routes that upstream guards with an elevated token, for what a missing one is told. */
export const elevatedScheme: Gate = (exchange) => exchange.set(elevatedKey, true)

type Telling = Pick<Required<NhostOptions>, 'concealErrors' | 'takenEmail'>

/** A refusal in this dialect's words. */
export function wireOf(refusal: Refusal, options: Telling): Wire {
  const told = plainWireOf(refusal, options)
  return options.concealErrors ? concealed(told) : told
}

function plainWireOf(refusal: Refusal, { takenEmail }: Telling): Wire {
  const name = nameOf(refusal)
  if (name !== undefined) return wireOfName(name)
  if (refusal.code === 'user_already_exists')
    return wireOfName(takenEmail === 'classic' ? 'email-already-in-use' : 'user-already-exists')
  const telling = nhostErrors[refusal.code] ?? 'invalid-request'
  return typeof telling === 'string' ? wireOfName(telling) : telling(refusal)
}

const unauthorized = (reason: string, exchange: Exchange): Answer =>
  json(401, {
    error: 'unauthorized',
    reason,
    securityScheme: exchange.get(elevatedKey) === true ? 'BearerAuthElevated' : 'BearerAuth',
  })

/** What is refused before a handler looks at it has envelopes of its own. */
function beforeHandler(refusal: Refusal, exchange: Exchange): Answer | undefined {
  switch (refusal.code) {
    case 'no_authorization':
      return unauthorized('missing or malformed authorization header', exchange)
    case 'bad_jwt':
    case 'session_not_found':
      return unauthorized('invalid or expired token', exchange)
    case 'reauthentication_needed':
    case 'insufficient_aal':
    case 'insufficient_scope':
      return json(401, {
        error: 'unauthorized',
        reason: 'elevated claim required',
        securityScheme: 'BearerAuthElevated',
      })
    case 'bad_json':
    case 'unsupported_media_type':
    case 'email_address_invalid':
      return json(400, { error: 'request-validation-error', reason: refusal.message })
    case 'captcha_failed':
      return json(403, { error: unsolvedText(refusal) })
    case 'phone_number_invalid':
      return json(400, { error: 'schema-validation-error', reason: refusal.message })
    case 'validation_failed':
      return validationAnswer(refusal)
    default:
      return undefined
  }
}

function unsolvedText({ details: { reason, codes } }: Refusal): string {
  if (reason === 'missing') return `missing ${captchaHeader} header`
  return `failed to pass turnstile: ${Array.isArray(codes) ? codes.join(', ') : 'refused'}`
}

function validationAnswer(refusal: Refusal): Answer | undefined {
  if (nameOf(refusal) !== undefined) return undefined
  const { reason } = refusal.details
  if (reason === 'argument') return json(400, { msg: refusal.message })
  return json(400, { error: 'schema-validation-error', reason: refusal.message })
}

/** Shows every refusal below the mount. A body is always JSON: clients parse it before they look at the status. */
export function errorPresenter(options: Telling) {
  return (refusal: Refusal, exchange: Exchange): Answer => {
    const standard = standardAnswer(refusal, exchange)
    if (standard !== undefined) return standard
    const early = beforeHandler(refusal, exchange)
    if (early !== undefined) return early
    const { status, error, message } = wireOf(refusal, options)
    return json(status, { status, message, error })
  }
}
