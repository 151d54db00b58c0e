import type { z } from 'zod'
import { singles } from '../../gate/flow-cookie.ts'
import type { Fields } from '../../http/fields.ts'
import { check, signUpOptions } from './parse.ts'
import { refusal, schemaFault } from './refuse.ts'

/** What the address of a sign-in with a provider says. */
export interface ProviderQuery {
  readonly options: z.output<typeof signUpOptions>
  /** Access token of whoever connects an account. */
  readonly connect: string | undefined
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
  const { allowedRoles, defaultRole, displayName, locale, metadata, redirectTo, connect, state, codeChallenge } = given
  const options = check(signUpOptions, {
    ...(allowedRoles === undefined ? {} : { allowedRoles: allowedRoles.split(',') }),
    ...(metadata === undefined ? {} : { metadata: parsed(metadata) }),
    ...Object.fromEntries(
      Object.entries({ defaultRole, displayName, locale, redirectTo }).filter(([, value]) => value !== undefined),
    ),
  })
  if (codeChallenge !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge)) throw refusal('invalid-request')
  const params = forProvider.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))
  return { options, connect, state: state?.slice(0, 512), codeChallenge, params: Object.fromEntries(params) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw schemaFault('metadata: is not JSON')
  }
}
