import { Refusal } from '../../base/errors.ts'
import { settleChange } from '../../flows/attempt/settle-change.ts'
import { findOpenLink } from '../../flows/attempt/verify.ts'
import { openPickup } from '../../flows/session/pickup.ts'
import { languageOf } from '../../gate/caller.ts'
import { linkPage } from '../../gate/link-page.ts'
import type { Answer } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Fields } from '../../http/fields.ts'
import type { Handler } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'
import { home } from './home.ts'
import { type Action, isAction, purposesOf } from './manners.ts'
import { wireOf } from './present-error.ts'

interface Link {
  readonly key: string
  readonly action: Action
}

/** GET /verify: what a mailed link opens. Ends at the application whatever happens. */
export function getVerify(at: Altogic): Handler {
  return (exchange) => {
    const link = readLink(exchange.query)
    if (at.core.settings.links.confirmation !== 'click') return follow(at, exchange, link)
    const action = `${at.core.settings.publicUrl}${at.options.path}/verify`
    return linkPage(at.core.settings, {
      action,
      fields: { key: link.key, action: link.action },
      leadsTo: at.options.redirectUrl,
      locale: languageOf(exchange),
    })
  }
}

/** POST /verify: the button of the page that stands before a link's use. */
export function postVerify(at: Altogic): Handler {
  return async (exchange) => follow(at, exchange, readLink(await exchange.form()))
}

function readLink(fields: Fields): Link {
  const action = fields.one('action') ?? ''
  return { key: fields.one('key') ?? '', action: isAction(action) ? action : 'email-confirm' }
}

async function follow(at: Altogic, exchange: Exchange, { key, action }: Link): Promise<Answer> {
  try {
    const ticket = await findOpenLink(at.core, { token: key, purposes: purposesOf[action] })
    const caller = at.callerOf(exchange)
    if (action === 'change-email') {
      await settleChange(at.core, caller, ticket)
      return home(at, { status: '200', action })
    }
    const { token } = await openPickup(at.core, caller, ticket)
    return home(at, { status: '200', access_token: token, action })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return home(at, failureOf(error, action))
  }
}

function failureOf(error: Refusal, action: Action): Readonly<Record<string, string>> {
  if (error.code === 'otp_expired')
    return { status: '400', action, code: 'invalid_access_token', error: 'Invalid or expired access token' }
  const { status, code } = wireOf(error)
  return { status: String(status === 404 ? 404 : 401), action, code, error: error.message }
}
