import type { z } from 'zod'
import { cutText } from '../../base/cut-text.ts'
import { Refusal } from '../../base/errors.ts'
import { singles } from '../../gate/flow-cookie.ts'
import { defaultBodyLimits, parseJson } from '../../http/body.ts'
import type { Fields } from '../../http/fields.ts'
import { check, signUpOptions } from './parse.ts'
import { argumentFault, refusal, schemaFault } from './refuse.ts'

/** What the address of a sign-in with a provider says. */
export interface ProviderQuery {
  readonly options: z.output<typeof signUpOptions>
  /** Access token of whoever connects an account. */
  readonly connect: string | undefined
  /** Text of the ticket of whoever was let connect an account. */
  readonly link: string | undefined
  /** Echoed on the way back. */
  readonly state: string | undefined
  readonly codeChallenge: string | undefined
  /** What some providers take besides. */
  readonly params: Readonly<Record<string, string>>
}

const forProvider = ['connection', 'organization'] as const

/** Clients join lists by commas and write objects as JSON. @throws Refusal `validation_failed`, `invalid-request` */
export function readProviderQuery(query: Fields): ProviderQuery {
  const given = singles(query)
  const { allowedRoles, defaultRole, displayName, locale, metadata, redirectTo, connect, link, state, codeChallenge } =
    given
  const options = check(signUpOptions, {
    ...(allowedRoles === undefined ? {} : { allowedRoles: allowedRoles.split(',') }),
    ...(metadata === undefined ? {} : { metadata: parsed(metadata) }),
    ...Object.fromEntries(
      Object.entries({ defaultRole, displayName, locale, redirectTo }).filter(([, value]) => value !== undefined),
    ),
  })
  if (codeChallenge !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge)) throw refusal('invalid-request')
  const params = forProvider.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))
  return {
    options,
    connect,
    link,
    state: state === undefined ? undefined : cutText(state, 512),
    codeChallenge,
    params: Object.fromEntries(params),
  }
}

/** As strict as with a body: what comes in an address is kept like what comes in one (S100). */
function parsed(text: string): unknown {
  try {
    return parseJson(Buffer.from(text), defaultBodyLimits)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.code !== 'bad_json') throw schemaFault(`metadata: ${error.message}`)
    throw argumentFault("Error unmarshaling parameter 'metadata' as JSON: it cannot be parsed")
  }
}
