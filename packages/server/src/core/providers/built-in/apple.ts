import { day } from '../../../base/duration.ts'
import { isTrueAsText, joined, record, standardProfile, text } from '../facts.ts'
import type { Provider, ProviderSettings } from '../provider.ts'

const issuers = ['https://appleid.apple.com', 'https://account.apple.com']

/** https://developer.apple.com/documentation/signinwithapplerestapi */
export const apple: Provider = {
  id: 'apple',
  name: 'Apple',
  kind: 'oidc',
  scopes: ['email', 'name'],
  verifiesEmail: true,
  endpoints: ({ url }) =>
    url === undefined
      ? {
          issuer: 'https://appleid.apple.com',
          authorization: 'https://appleid.apple.com/auth/authorize',
          token: 'https://appleid.apple.com/auth/token',
          jwks: 'https://appleid.apple.com/auth/keys',
        }
      : { issuer: url },
  // The name is posted once, the first time, and by the browser: it is shown and decides nothing.
  profile(claims, { posted }) {
    const name = record(posted['name'])
    return {
      ...standardProfile(claims),
      emailVerified: isTrueAsText(claims, 'email_verified'),
      name: joined(text(name, 'firstName'), text(name, 'lastName')),
    }
  },
  quirks: { responseMode: 'form_post', callerScopes: 'ignore', clientSecret: signedSecret },
  idTokens: {
    isIssuer: (issuer, _claims, settings) => isApple(issuer, settings),
    knowsIssuer: isApple,
    audiences: ({ options }) => (options['bundleIds'] ?? '').split(',').map((id) => id.trim()),
  },
  options: {
    teamId: { about: 'Apple: the team that signs the client secret.' },
    keyId: { about: 'Apple: the key that signs the client secret.' },
    privateKey: { about: 'Apple: that key, as PKCS#8 PEM. Instead of a ready-made client secret.', secret: true },
    bundleIds: { about: 'Apple: apps whose ID tokens are taken too, as a comma list.' },
  },
}

function isApple(issuer: string, { url }: ProviderSettings): boolean {
  return url === undefined ? issuers.includes(issuer) : issuer === url
}

/** A client secret is a JWT signed with the team's key; a ready-made one may be configured instead. */
async function signedSecret({ clientIds, clientSecret, options }: ProviderSettings, now: Date): Promise<string> {
  const { teamId, keyId, privateKey } = options
  if (teamId === undefined || keyId === undefined || privateKey === undefined) return clientSecret ?? ''
  const { importPKCS8, SignJWT } = await import('jose')
  const at = Math.floor(now.getTime() / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setSubject(clientIds[0] ?? '')
    .setAudience('https://appleid.apple.com')
    .setIssuedAt(at)
    .setExpirationTime(at + day)
    .sign(await importPKCS8(privateKey.replaceAll('\\n', '\n'), 'ES256'))
}
