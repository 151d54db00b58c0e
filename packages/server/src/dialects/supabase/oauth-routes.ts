import { signedIn } from '../../gate/bearer.ts'
import { limited } from '../../gate/limited.ts'
import type { Gate, Route } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { fromAllowedOrigin, getAuthorization, getAuthorize, postConsent } from './oauth-authorize.ts'
import {
  deleteClient,
  getClient,
  getClients,
  postClient,
  postRegenerateSecret,
  postRegister,
  putClient,
} from './oauth-clients.ts'
import { deleteGrant, getGrants } from './oauth-grants.ts'
import { oauthServerOn } from './oauth-server.ts'
import { getUserinfo, postIntrospect, postOAuthToken, postRevoke } from './oauth-token.ts'
import { doing } from './present-error.ts'
import { getDiscovery } from './service.ts'

/** Where applications look for an issuer that has a path (RFC 8414 §3.1). */
export function wellKnownRoutes(at: Supabase, path: string): readonly Route[] {
  const gates = [oauthServerOn(at.core), limited(at.core, 'public')]
  const place = `/.well-known/oauth-authorization-server${path}`
  return [{ method: 'GET', path: place, safe: true, gates, handle: getDiscovery(at) }]
}

/** Being a provider. Where that is off, everybody is told before anybody is asked who they are, save users and administrators. */
export function oauthRoutes(
  at: Supabase,
  who: { readonly user: readonly Gate[]; readonly change: readonly Gate[]; readonly administer: readonly Gate[] },
): readonly Route[] {
  const { core } = at
  const on = oauthServerOn(core)
  const everybody = [on, limited(core, 'public')]
  const applications = [on, doing('oauth'), limited(core, 'oauth')]
  const answering = [on, fromAllowedOrigin(at), ...who.change]
  const authorization = '/oauth/authorizations/:id'
  return [
    {
      method: 'GET',
      path: '/.well-known/oauth-authorization-server',
      safe: true,
      gates: everybody,
      handle: getDiscovery(at),
    },
    { method: 'GET', path: '/oauth/authorize', gates: [on, limited(core, 'start')], handle: getAuthorize(at) },
    { method: 'GET', path: authorization, gates: answering, handle: getAuthorization(at) },
    { method: 'POST', path: `${authorization}/consent`, gates: answering, handle: postConsent(at) },
    { method: 'POST', path: '/oauth/token', body: 'json-or-form', gates: applications, handle: postOAuthToken(at) },
    { method: 'POST', path: '/oauth/revoke', body: 'json-or-form', gates: applications, handle: postRevoke(at) },
    {
      method: 'POST',
      path: '/oauth/introspect',
      body: 'json-or-form',
      gates: applications,
      handle: postIntrospect(at),
    },
    {
      method: 'GET',
      path: '/oauth/userinfo',
      safe: true,
      gates: [on, signedIn(core, { level: 'door', clients: 'accepted' }), limited(core, 'me')],
      handle: getUserinfo(),
    },
    {
      method: 'POST',
      path: '/oauth/clients/register',
      gates: [on, doing('oauth_clients'), limited(core, 'oauthRegister')],
      handle: postRegister(at),
    },
    { method: 'GET', path: '/user/oauth/grants', safe: true, gates: [...who.user, on], handle: getGrants(at) },
    { method: 'DELETE', path: '/user/oauth/grants', gates: [...who.change, on], handle: deleteGrant(at) },
    ...clientRoutes(at, [...who.administer, on, doing('oauth_clients')]),
  ]
}

function clientRoutes(at: Supabase, gates: readonly Gate[]): readonly Route[] {
  const all = '/admin/oauth/clients'
  const one = `${all}/:id`
  return [
    { method: 'GET', path: all, safe: true, gates, handle: getClients(at) },
    { method: 'POST', path: all, gates, handle: postClient(at) },
    { method: 'GET', path: one, safe: true, gates, handle: getClient(at) },
    { method: 'PUT', path: one, gates, handle: putClient(at) },
    { method: 'DELETE', path: one, body: 'none', gates, handle: deleteClient(at) },
    { method: 'POST', path: `${one}/regenerate_secret`, body: 'none', gates, handle: postRegenerateSecret(at) },
  ]
}
