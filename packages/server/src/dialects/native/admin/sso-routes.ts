import { del, get, type Operation, patch, post } from '../operation.ts'
import { adminSsoPage, adminSsoProvider, ssoChangeBody, ssoProviderBody } from '../schemas/sso.ts'
import { addSso, changeSso, dropSso, listSso, readSso } from './sso.ts'

const who = 'admin:settings:write'
const all = '/admin/sso-providers'
const one = '/admin/sso-providers/:id'
const unknown = ['sso_provider_not_found'] as const

/** Metadata may be as long as half a megabyte. */
const bodyLimits = { bytes: 1_048_576 }

export const adminSsoRoutes: readonly Operation[] = [
  get(all, { about: 'Organisations’ own identity providers (SAML 2.0).', who, answer: adminSsoPage }, listSso),
  post(
    all,
    {
      about: 'Adds one, by its metadata: whole, or by the address where it is read again when it is due.',
      who,
      body: ssoProviderBody,
      bodyLimits,
      answer: adminSsoProvider,
      status: 201,
      codes: ['conflict', 'limit_reached'],
    },
    addSso,
  ),
  get(one, { about: 'One of them.', who, answer: adminSsoProvider, codes: unknown }, readSso),
  patch(
    one,
    {
      about: 'Changes one; what is absent stays. Its entity id cannot change.',
      who,
      body: ssoChangeBody,
      bodyLimits,
      answer: adminSsoProvider,
      codes: ['conflict', ...unknown],
    },
    changeSso,
  ),
  del(
    one,
    { about: 'Takes one away. Its people keep their accounts and cannot come in by it.', who, codes: unknown },
    dropSso,
  ),
]
