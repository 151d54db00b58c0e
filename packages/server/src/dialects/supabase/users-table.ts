import { invalid } from '../../base/errors.ts'
import { nameNewcomer } from '../../flows/account/name-newcomer.ts'
import { authenticate, bearerToken, signedInKey } from '../../gate/bearer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate, Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, readBody } from './parse.ts'
import { refusal } from './refuse.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const isToken = /^[^.]+\.[^.]+\.[^.]+$/
const longestName = 200

/** Clients without a session send their key as bearer, and a key need not look like anything. */
export function perhapsSignedIn({ core }: Supabase): Gate {
  return async (exchange) => {
    const sent = bearerToken(exchange)
    if (sent === undefined || sent === exchange.header('apikey') || !isToken.test(sent)) return
    exchange.set(signedInKey, await authenticate(core, sent))
  }
}

/**
 * POST /rest/v1/users: what `altan-auth` inserts after each sign-up. There is no such table; the two names are kept with
 * the account, and the rest is not looked at.
 */
export function postUsersRow(at: Supabase): Handler {
  return async (exchange) => {
    const row = await readRow(exchange)
    const signedIn = exchange.get(signedInKey)
    if (signedIn !== undefined && signedIn.user.id !== row.id) throw refusal('users_row')
    await nameNewcomer(at.core, at.callerOf(exchange), { newcomer: row, isThemself: signedIn !== undefined })
    return { status: 201 }
  }
}

async function readRow(exchange: Exchange) {
  const body = await readBody(exchange)
  const id = body.text('id')?.toLowerCase()
  if (id === undefined || !uuid.test(id)) throw invalid('id', 'must be the id of the account')
  return { id, email: body.email(), name: nameIn(body, 'name'), surname: nameIn(body, 'surname') }
}

function nameIn(body: Body, field: string): string | undefined {
  const name = body.exactText(field)?.trim()
  if (name !== undefined && name.length > longestName) throw invalid(field, `may have ${longestName} characters`)
  return name
}
