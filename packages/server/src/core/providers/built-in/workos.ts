import { Refusal } from '../../../base/errors.ts'
import { joined, keep, record, subject, text } from '../facts.ts'
import type { Provider, ProviderSettings } from '../provider.ts'

const ways = ['connection', 'organization', 'provider', 'domain']

/** https://workos.com/docs/reference/sso */
export const workos: Provider = {
  id: 'workos',
  name: 'WorkOS',
  kind: 'oauth2',
  scopes: [],
  // Behind it stands whatever directory a customer has connected, whose administrators write what they like (S37).
  verifiesEmail: false,
  endpoints: ({ url = 'https://api.workos.com' }) => ({
    authorization: `${url}/sso/authorize`,
    token: `${url}/sso/token`,
    userinfo: `${url}/sso/profile`,
  }),
  source: async ({ answer, endpoints, read }) => record(answer['profile'] ?? (await read(endpoints.userinfo ?? ''))),
  profile: (profile) => ({
    subject: subject(profile, 'id'),
    email: text(profile, 'email'),
    emailVerified: false,
    name: joined(text(profile, 'first_name'), text(profile, 'last_name')),
    more: keep(profile, ['connection_id', 'organization_id', 'connection_type']),
  }),
  quirks: { pkce: false, callerScopes: 'ignore', renames: { workos_provider: 'provider' }, complete: chooseWay },
  options: {
    defaultConnection: { about: 'WorkOS: connection used where a request names none.' },
    defaultOrganization: { about: 'WorkOS: organization used where a request names none.' },
    defaultDomain: { about: 'WorkOS: domain used where a request names none.' },
    defaultProvider: { about: 'WorkOS: provider, such as `authkit`, used where a request names none.' },
  },
}

/** It has no page of its own on which people could choose. */
function chooseWay(params: Readonly<Record<string, string>>, { options }: ProviderSettings): Record<string, string> {
  if (ways.some((way) => params[way] !== undefined)) return params
  const { defaultConnection: connection, defaultOrganization: organization } = options
  const { defaultDomain: domain, defaultProvider: provider } = options
  if (connection !== undefined) return { ...params, connection }
  if (organization !== undefined) return { ...params, organization }
  if (domain !== undefined) return { ...params, domain }
  if (provider !== undefined) return { ...params, provider }
  throw new Refusal('validation_failed', {
    message: 'Name a connection, an organization or a provider of WorkOS.',
    details: { reason: 'connection' },
  })
}
