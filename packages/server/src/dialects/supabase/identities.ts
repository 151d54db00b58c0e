import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { linkIdentity } from '../../flows/account/link-identity.ts'
import { unlinkIdentity } from '../../flows/account/unlink-identity.ts'
import { linkText } from '../../flows/steps/link-text.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json, redirectTo } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { externalOf } from './external.ts'
import { externalFault } from './external-faults.ts'
import { refusal } from './refuse.ts'

/**
 * GET /user/identities/authorize: where a browser goes to connect an account elsewhere. It goes by way of this server,
 * which ties what follows to that browser.
 */
export function getLinkAuthorize(at: Supabase): Handler {
  return async (exchange) => {
    const startAt = `${at.url}/authorize`
    const input = { ...exchange.need(signedInKey), ...(await externalOf(at, exchange)), startAt }
    const { ticket } = await linkIdentity(at.core, input).catch(externalFault)
    const url = `${startAt}?${new URLSearchParams({ link: linkText(at.core, ticket) })}`
    return exchange.query.one('skip_http_redirect') === 'true' ? json(200, { url }) : redirectTo(302, url)
  }
}

/** DELETE /user/identities/:id: the answer is an object, which clients parse. */
export function deleteIdentity(at: Supabase): Handler {
  return async (exchange) => {
    const identityId = exchange.param('id')
    if (!isUuid(identityId)) throw refusal('identity_id')
    const { user, session } = exchange.need(signedInKey)
    if (user.identities.length < 2) throw new Refusal('single_identity_not_deletable')
    const input = { user, session, identityId: identityId.toLowerCase() }
    await unlinkIdentity(at.core, at.callerOf(exchange), input).catch(asTold)
    return json(200, {})
  }
}

function asTold(error: unknown): never {
  if (error instanceof Refusal && error.code === 'not_found') throw refusal('identity_not_found')
  if (error instanceof Refusal && error.code === 'user_already_exists') throw refusal('identity_email_conflict')
  throw error
}
