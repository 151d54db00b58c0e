import type { Documented } from '../../../world/documented-provider.ts'

const base = '/protocol/openid-connect'

export const keycloak: Documented = {
  id: 'keycloak',
  authorize: { path: `${base}/auth`, scope: 'openid profile email' },
  token: { path: `${base}/token`, auth: 'post', answer: () => ({ refresh_token: 'r', scope: 'openid email profile' }) },
  idToken: {
    keys: `${base}/certs`,
    discovery: '/.well-known/openid-configuration',
    nonce: true,
    claims: ({ email, base: iss }) => ({
      iss,
      sub: 'f:realm:7c1e',
      typ: 'ID',
      email_verified: true,
      name: 'Alice Liddel',
      preferred_username: 'alice',
      given_name: 'Alice',
      family_name: 'Liddel',
      email,
    }),
  },
  profile: { subject: 'f:realm:7c1e', email: 'verified', name: 'Alice Liddel', username: 'alice' },
}
