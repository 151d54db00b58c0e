import { get, type Operation, post } from '../operation.ts'
import { ssoInfo, ssoQuery } from '../schemas/sso.ts'
import { ssoParameters } from './parameters.ts'
import { answerSaml, findSso, showMetadata, startSso, takeSaml } from './sso.ts'

/** A response is one long field, and few stand beside it. */
const bodyLimits = { bytes: 384 * 1024, keys: 20 }

export const ssoRoutes: readonly Operation[] = [
  get(
    '/sso',
    {
      about: 'The organisation that a domain belongs to.',
      who: 'public',
      query: ssoQuery,
      answer: ssoInfo,
      codes: ['sso_provider_not_found', 'provider_disabled', 'feature_disabled'],
    },
    findSso,
  ),
  get(
    '/sign-in/sso',
    {
      about:
        'Sends the browser to sign in at its organisation. It comes back with `code` and `state`, or with `error`.',
      opensWith: ssoParameters,
      who: 'public',
      bucket: 'start',
      type: 'text/html',
      leavesTrace: true,
      navigation: true,
      also: [
        { status: 303, about: 'To the organisation, or back with `error`, `error_description` and `request_id`.' },
      ],
    },
    startSso,
  ),
  post(
    '/callback/saml',
    {
      about: 'Where organisations send browsers back to, unless the address of another dialect is registered there.',
      who: 'public',
      bucket: 'start',
      type: 'text/html',
      takesForm: true,
      navigation: true,
      bodyLimits,
      also: [{ status: 303, about: 'To the address below, where the cookie of this browser comes along.' }],
    },
    takeSaml,
  ),
  get(
    '/callback/saml',
    {
      about: 'The same browser by itself, with `state`.',
      who: 'public',
      bucket: 'start',
      type: 'text/html',
      leavesTrace: true,
      navigation: true,
      also: [{ status: 303, about: 'To `redirectTo?code=&state=`, or with `error`.' }],
    },
    answerSaml,
  ),
  get(
    '/saml/metadata',
    {
      about: 'What an identity provider has to know of this server. Register this address there.',
      who: 'public',
      type: 'application/xml',
      codes: ['feature_disabled'],
    },
    showMetadata,
  ),
]
