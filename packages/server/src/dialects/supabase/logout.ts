import { Refusal } from '../../base/errors.ts'
import { type SignOutScope, signOut } from '../../flows/session/sign-out.ts'
import { authenticate, bearerToken } from '../../gate/bearer.ts'
import { noContent } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { fault } from './refuse.ts'

const scopes: Readonly<Record<string, SignOutScope>> = { global: 'all', local: 'this', others: 'others' }

/** POST /logout: ends sessions. A token that ran out still signs out. */
export function postLogout(at: Supabase): Handler {
  return async (exchange) => {
    const token = bearerToken(exchange)
    if (token === undefined) throw new Refusal('no_authorization')
    const { session } = await authenticate(at.core, token, { expired: 'accepted', level: 'door', scope: 'any' })
    const own = session.accessKeyId === null && session.actorId === null
    const asked = exchange.query.one('scope') || (own ? 'global' : 'local')
    const scope = Object.hasOwn(scopes, asked) ? scopes[asked] : undefined
    if (scope === undefined) throw fault(`Unsupported logout scope "${asked.slice(0, 32)}"`)
    await signOut(at.core, at.callerOf(exchange), { session, scope })
    return noContent()
  }
}
