import { limited } from '../../gate/limited.ts'
import type { Gate, Route } from '../../http/route.ts'
import { deleteSsoProvider, getSsoProvider, getSsoProviders, postSsoProvider, putSsoProvider } from './admin-sso.ts'
import { solves } from './captcha.ts'
import type { Supabase } from './dialect.ts'
import { acsLimits, getSsoMetadata, postAcs, postSso, samlOn } from './sso.ts'

/** The routes about organisations' own identity providers. */
export function ssoRoutes(at: Supabase, administer: readonly Gate[]): readonly Route[] {
  const on = samlOn(at)
  const starts = [on, limited(at.core, 'start')]
  const one = '/admin/sso/providers/:id'
  const all = '/admin/sso/providers'
  return [
    { method: 'POST', path: '/sso', gates: [...starts, ...solves(at, 'start')], handle: postSso(at) },
    {
      method: 'GET',
      path: '/sso/saml/metadata',
      safe: true,
      gates: [on, limited(at.core, 'public')],
      handle: getSsoMetadata(at),
    },
    { method: 'POST', path: '/sso/saml/acs', body: 'form', bodyLimits: acsLimits, gates: starts, handle: postAcs(at) },
    { method: 'GET', path: all, safe: true, gates: administer, handle: getSsoProviders(at) },
    { method: 'POST', path: all, gates: administer, handle: postSsoProvider(at) },
    { method: 'GET', path: one, safe: true, gates: administer, handle: getSsoProvider(at) },
    { method: 'PUT', path: one, gates: administer, handle: putSsoProvider(at) },
    { method: 'DELETE', path: one, gates: administer, handle: deleteSsoProvider(at) },
  ]
}
