import { z } from 'zod'
import { linkIdentity } from '../../flows/account/link-identity.ts'
import { linkText } from '../../flows/steps/link-text.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { placeOf } from './options.ts'
import { field, readOptionalBody } from './parse.ts'
import { nameHere, providerOf } from './provider-names.ts'

const param = z.string().max(255).optional()
const linkBody = z.strictObject({
  redirectTo: field.text.optional(),
  state: z.string().max(512).optional(),
  providerSpecificParams: z.strictObject({ connection: param, organization: param }).optional(),
})

/**
 * POST /link/provider/:provider: where the browser goes to connect an account elsewhere with the bearer's. It goes by way of
 * this server, which leaves its cookie there: a page of another origin cannot be given one with this answer (S110).
 */
export function postLinkProvider(at: Nhost): Handler {
  return async (exchange) => {
    const name = nameHere(exchange.param('provider'))
    const { redirectTo, state, providerSpecificParams = {} } = await readOptionalBody(exchange, linkBody)
    const { user, session } = somebody(exchange)
    const startAt = `${at.origin}${at.options.path}/signin/provider/${name}`
    const params = Object.entries(providerSpecificParams).filter((entry): entry is [string, string] => !!entry[1])
    const { ticket } = await linkIdentity(at.core, {
      user,
      session,
      provider: providerOf(name),
      back: { redirectTo: placeOf(at, redirectTo), state },
      startAt,
      scopes: [],
      params: Object.fromEntries(params),
    })
    return json(200, { url: `${startAt}?${new URLSearchParams({ link: linkText(at.core, ticket) })}` })
  }
}
