import { standardProfile } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://www.keycloak.org/securing-apps/oidc-layers; the `url` is that of a realm: `https://host/realms/name`. */
export const keycloak: Provider = {
  id: 'keycloak',
  name: 'Keycloak',
  kind: 'oidc',
  scopes: ['openid', 'profile', 'email'],
  verifiesEmail: true,
  needsUrl: true,
  // The document names the issuer without a slash at its end.
  endpoints: ({ url }) => (url === undefined ? {} : { issuer: url.replace(/\/+$/, '') }),
  profile: standardProfile,
  idTokens: {},
}
