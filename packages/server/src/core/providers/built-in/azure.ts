import type { JsonObject } from '../../users/user.ts'
import { at, standardProfile, text } from '../facts.ts'
import type { Provider, ProviderSettings } from '../provider.ts'

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** The tenant that personal accounts are in. */
const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc */
export const azure: Provider = {
  id: 'azure',
  name: 'Microsoft',
  kind: 'oidc',
  scopes: ['openid', 'profile', 'email'],
  verifiesEmail: true,
  problem: (settings) =>
    isNamedByDomain(settings) && settings.options['tenants'] === undefined
      ? 'names its tenant by a domain, which no token does: use the id of the tenant, or say it in `tenants`.'
      : undefined,
  endpoints(settings) {
    const tenant = tenantUrl(settings)
    return {
      authorization: `${tenant}/oauth2/v2.0/authorize`,
      token: `${tenant}/oauth2/v2.0/token`,
      jwks: `${tenant}/discovery/v2.0/keys`,
    }
  },
  // A subject names its tenant: going from one to all of them moves nobody.
  home: (settings) => new URL(tenantUrl(settings)).origin,
  // Tenant and object name the account in every app; names and addresses are whatever a tenant's administrator writes (S38).
  profile(claims) {
    const { subject, ...profile } = standardProfile(claims)
    const [tenant, object] = [text(claims, 'tid'), text(claims, 'oid')]
    return {
      ...profile,
      subject: tenant === null || object === null ? subject : `${tenant}.${object}`,
      emailVerified: isDomainOwners(claims),
    }
  },
  idTokens: { isIssuer: isTenant, knowsIssuer: isMicrosoft },
  options: {
    tenants: { about: 'Microsoft: ids of tenants people must belong to, as a comma list; read from the ID token.' },
  },
}

const tenantUrl = ({ url }: ProviderSettings): string =>
  (url ?? 'https://login.microsoftonline.com/common').replace(/\/v2\.0$/, '')

/** Words that stand for tenants of a kind. */
const kinds: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** The tenant, or the kind of tenant, that people are sent to; GUIDs are the same in any case. */
function namedTenant(settings: ProviderSettings): string {
  const [named = 'common'] = new URL(tenantUrl(settings)).pathname.split('/').filter((part) => part !== '')
  return named.toLowerCase()
}

function isNamedByDomain(settings: ProviderSettings): boolean {
  const named = namedTenant(settings)
  return !kinds.has(named) && !guid.test(named)
}

/** Only the owner of an address's domain has proved it; the claim is asked for in the app's registration. */
function isDomainOwners(claims: JsonObject): boolean {
  return [true, 'true', '1', 1].includes(at(claims, 'xms_edov') as string)
}

/** Of any tenant, in the newer and the older form of their tokens. */
function isMicrosoft(issuer: string, settings: ProviderSettings): boolean {
  return [new URL(tenantUrl(settings)).origin, 'https://sts.windows.net'].some((one) => issuer.startsWith(`${one}/`))
}

/** An issuer is a tenant's own, and the tenant is one that may come (S72). */
function isTenant(issuer: string, claims: JsonObject, settings: ProviderSettings): boolean {
  const tenant = text(claims, 'tid')
  const { origin } = new URL(tenantUrl(settings))
  if (tenant === null || !guid.test(tenant) || issuer !== `${origin}/${tenant}/v2.0`) return false
  const named = namedTenant(settings)
  const allowed = settings.options['tenants']?.split(',').map((one) => one.trim().toLowerCase())
  if (allowed !== undefined && !allowed.includes(tenant)) return false
  if (named === 'organizations') return tenant !== consumers
  if (named === 'consumers') return tenant === consumers
  // A domain says nothing about a token: only the list does.
  return named === 'common' || named === tenant || (isNamedByDomain(settings) && allowed !== undefined)
}
