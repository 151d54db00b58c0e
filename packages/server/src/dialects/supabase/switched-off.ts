import type { Gate, Method, Route } from '../../http/route.ts'
import { type DialectRefusal, refusal } from './refuse.ts'

type Line = readonly [Method, string]

const saml: readonly Line[] = [
  ['POST', '/sso'],
  ['GET', '/sso/saml/metadata'],
  ['POST', '/sso/saml/acs'],
]
const oauthServer: readonly Line[] = [
  ['GET', '/.well-known/oauth-authorization-server'],
  ['GET', '/oauth/authorize'],
  ['POST', '/oauth/token'],
  ['GET', '/oauth/userinfo'],
  ['GET', '/oauth/authorizations/:id'],
  ['POST', '/oauth/authorizations/:id/consent'],
  ['POST', '/oauth/clients/register'],
]
const oauthGrants: readonly Line[] = [
  ['GET', '/user/oauth/grants'],
  ['DELETE', '/user/oauth/grants'],
]
const oauthClients: readonly Line[] = [
  ['GET', '/admin/oauth/clients'],
  ['POST', '/admin/oauth/clients'],
  ['GET', '/admin/oauth/clients/:id'],
  ['PUT', '/admin/oauth/clients/:id'],
  ['DELETE', '/admin/oauth/clients/:id'],
  ['POST', '/admin/oauth/clients/:id/regenerate_secret'],
]
const scim: readonly Line[] = [
  ['GET', '/scim/v2/ServiceProviderConfig'],
  ['GET', '/scim/v2/ResourceTypes'],
  ['GET', '/scim/v2/Schemas'],
]

/** The routes of features that are switched off here: each says so as upstream does. */
export function switchedOffRoutes(who: {
  readonly everybody: readonly Gate[]
  readonly users: readonly Gate[]
  readonly admins: readonly Gate[]
}): readonly Route[] {
  const off = (name: DialectRefusal, gates: readonly Gate[], lines: readonly Line[]): Route[] =>
    lines.map(([method, path]) => ({
      method,
      path,
      gates: [...gates, () => throwing(name)],
      handle: () => throwing(name),
    }))
  return [
    ...off('saml', who.everybody, saml),
    ...off('oauth_server', who.everybody, oauthServer),
    ...off('scim', who.everybody, scim),
    ...off('oauth_server', who.users, oauthGrants),
    ...off('oauth_server', who.admins, oauthClients),
  ]
}

function throwing(name: DialectRefusal): never {
  throw refusal(name)
}
