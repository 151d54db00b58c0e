import { refuseLinkingOff } from '../../flows/steps/refuse-linking-off.ts'
import { limited } from '../../gate/limited.ts'
import type { Gate, Route } from '../../http/route.ts'
import {
  deleteCustomProvider,
  getCustomProvider,
  getCustomProviders,
  postCustomProvider,
  putCustomProvider,
} from './admin-custom-providers.ts'
import type { Supabase } from './dialect.ts'
import { getAuthorize, getCallback, postCallback, postCallbackConfirm } from './external.ts'
import { deleteIdentity, getLinkAuthorize } from './identities.ts'
import { doing } from './present-error.ts'
import { ssoRoutes } from './sso-routes.ts'

/** Who may call which of them. */
export interface ExternalGates {
  readonly answers: readonly Gate[]
  readonly ownPage: Gate
  readonly change: readonly Gate[]
  readonly administer: readonly Gate[]
}

/** The routes about accounts elsewhere. */
export function externalRoutes(
  at: Supabase,
  { answers, ownPage, change, administer }: ExternalGates,
): readonly Route[] {
  const starts = [limited(at.core, 'start')]
  const confirms = [ownPage, ...answers]
  // Said before anything is read; the flows refuse it as well.
  const linking = [doing('linking'), ...change, () => refuseLinkingOff(at.core)]
  const one = '/admin/custom-providers/:id'
  return [
    { method: 'GET', path: '/authorize', gates: starts, handle: getAuthorize(at) },
    { method: 'GET', path: '/callback', gates: starts, handle: getCallback(at) },
    { method: 'POST', path: '/callback', body: 'form', gates: starts, handle: postCallback(at) },
    { method: 'POST', path: '/callback/confirm', body: 'form', gates: confirms, handle: postCallbackConfirm(at) },
    { method: 'GET', path: '/user/identities/authorize', gates: linking, handle: getLinkAuthorize(at) },
    { method: 'DELETE', path: '/user/identities/:id', gates: linking, handle: deleteIdentity(at) },

    { method: 'GET', path: '/admin/custom-providers', safe: true, gates: administer, handle: getCustomProviders(at) },
    { method: 'POST', path: '/admin/custom-providers', gates: administer, handle: postCustomProvider(at) },
    { method: 'GET', path: one, safe: true, gates: administer, handle: getCustomProvider(at) },
    { method: 'PUT', path: one, gates: administer, handle: putCustomProvider(at) },
    { method: 'DELETE', path: one, gates: administer, handle: deleteCustomProvider(at) },
    ...ssoRoutes(at, administer),
  ]
}
