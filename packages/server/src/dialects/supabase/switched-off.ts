import type { Gate, Method, Route } from '../../http/route.ts'
import { type DialectRefusal, refusal } from './refuse.ts'

type Line = readonly [Method, string]

const saml: readonly Line[] = [
  ['POST', '/sso'],
  ['GET', '/sso/saml/metadata'],
  ['POST', '/sso/saml/acs'],
]
const scim: readonly Line[] = [
  ['GET', '/scim/v2/ServiceProviderConfig'],
  ['GET', '/scim/v2/ResourceTypes'],
  ['GET', '/scim/v2/Schemas'],
]

/** The routes of features that are switched off here: each says so as upstream does. */
export function switchedOffRoutes(everybody: readonly Gate[]): readonly Route[] {
  const off = (name: DialectRefusal, lines: readonly Line[]): Route[] =>
    lines.map(([method, path]) => ({
      method,
      path,
      gates: [...everybody, () => throwing(name)],
      handle: () => throwing(name),
    }))
  return [...off('saml', saml), ...off('scim', scim)]
}

function throwing(name: DialectRefusal): never {
  throw refusal(name)
}
