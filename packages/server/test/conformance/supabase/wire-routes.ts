/** A route of the contract. */
export interface WireRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{…}` where something is named, and the grant where there are several. */
  readonly path: string
  /** The client's method that asks for it, where there is one. */
  readonly by: string | undefined
}

type Row = readonly [WireRoute['method'], path: string, by?: string]

const service: readonly Row[] = [
  ['GET', '/health'],
  ['GET', '/.well-known/jwks.json', 'getClaims'],
  ['GET', '/.well-known/openid-configuration'],
  ['GET', '/.well-known/oauth-authorization-server'],
  ['GET', '/settings'],
]

const waysIn: readonly Row[] = [
  ['GET', '/authorize', 'signInWithOAuth'],
  ['GET', '/callback'],
  ['POST', '/callback'],
  ['POST', '/signup', 'signUp'],
  ['POST', '/token?grant_type=password', 'signInWithPassword'],
  ['POST', '/token?grant_type=refresh_token', 'refreshSession'],
  ['POST', '/token?grant_type=pkce', 'exchangeCodeForSession'],
  ['POST', '/token?grant_type=id_token', 'signInWithIdToken'],
  ['POST', '/token?grant_type=web3', 'signInWithWeb3'],
  ['POST', '/otp', 'signInWithOtp'],
  ['POST', '/magiclink'],
  ['POST', '/recover', 'resetPasswordForEmail'],
  ['POST', '/resend', 'resend'],
  ['GET', '/verify'],
  ['POST', '/verify', 'verifyOtp'],
  ['POST', '/sso', 'signInWithSSO'],
  ['GET', '/sso/saml/metadata'],
  ['POST', '/sso/saml/acs'],
]

const own: readonly Row[] = [
  ['POST', '/logout', 'signOut'],
  ['GET', '/reauthenticate', 'reauthenticate'],
  ['GET', '/user', 'getUser'],
  ['PUT', '/user', 'updateUser'],
  ['GET', '/user/identities/authorize', 'linkIdentity'],
  ['DELETE', '/user/identities/{identity_id}', 'unlinkIdentity'],
  ['GET', '/user/oauth/grants', 'oauth.listGrants'],
  ['DELETE', '/user/oauth/grants?client_id={client_id}', 'oauth.revokeGrant'],
  ['POST', '/factors', 'mfa.enroll'],
  ['POST', '/factors/{id}/challenge', 'mfa.challenge'],
  ['POST', '/factors/{id}/verify', 'mfa.verify'],
  ['DELETE', '/factors/{id}', 'mfa.unenroll'],
  ['GET', '/factors/recovery-codes', 'mfa.recoveryCodes.getStatus'],
  ['POST', '/factors/recovery-codes', 'mfa.recoveryCodes.generate'],
  ['POST', '/factors/recovery-codes/verify', 'mfa.recoveryCodes.verify'],
  ['POST', '/factors/recovery-codes/regenerate', 'mfa.recoveryCodes.regenerate'],
  ['DELETE', '/factors/recovery-codes', 'mfa.recoveryCodes.unenroll'],
  ['POST', '/passkeys/registration/options', 'passkey.startRegistration'],
  ['POST', '/passkeys/registration/verify', 'passkey.verifyRegistration'],
  ['POST', '/passkeys/authentication/options', 'passkey.startAuthentication'],
  ['POST', '/passkeys/authentication/verify', 'passkey.verifyAuthentication'],
  ['GET', '/passkeys', 'passkey.list'],
  ['PATCH', '/passkeys/{id}', 'passkey.update'],
  ['DELETE', '/passkeys/{id}', 'passkey.delete'],
]

const administrators: readonly Row[] = [
  ['POST', '/invite', 'admin.inviteUserByEmail'],
  ['POST', '/admin/generate_link', 'admin.generateLink'],
  ['GET', '/admin/users', 'admin.listUsers'],
  ['POST', '/admin/users', 'admin.createUser'],
  ['GET', '/admin/users/{user_id}', 'admin.getUserById'],
  ['PUT', '/admin/users/{user_id}', 'admin.updateUserById'],
  ['DELETE', '/admin/users/{user_id}', 'admin.deleteUser'],
  ['GET', '/admin/users/{user_id}/factors', 'admin.mfa.listFactors'],
  ['PUT', '/admin/users/{user_id}/factors/{factor_id}'],
  ['DELETE', '/admin/users/{user_id}/factors/{factor_id}', 'admin.mfa.deleteFactor'],
  ['GET', '/admin/users/{user_id}/passkeys', 'admin.passkey.listPasskeys'],
  ['DELETE', '/admin/users/{user_id}/passkeys/{passkey_id}', 'admin.passkey.deletePasskey'],
  ['GET', '/admin/audit'],
  ['GET', '/admin/sso/providers'],
  ['POST', '/admin/sso/providers'],
  ['GET', '/admin/sso/providers/{idp_id}'],
  ['PUT', '/admin/sso/providers/{idp_id}'],
  ['DELETE', '/admin/sso/providers/{idp_id}'],
  ['GET', '/admin/oauth/clients', 'admin.oauth.listClients'],
  ['POST', '/admin/oauth/clients', 'admin.oauth.createClient'],
  ['GET', '/admin/oauth/clients/{client_id}', 'admin.oauth.getClient'],
  ['PUT', '/admin/oauth/clients/{client_id}', 'admin.oauth.updateClient'],
  ['DELETE', '/admin/oauth/clients/{client_id}', 'admin.oauth.deleteClient'],
  ['POST', '/admin/oauth/clients/{client_id}/regenerate_secret', 'admin.oauth.regenerateClientSecret'],
  ['GET', '/admin/custom-providers', 'admin.customProviders.listProviders'],
  ['POST', '/admin/custom-providers', 'admin.customProviders.createProvider'],
  ['GET', '/admin/custom-providers/{identifier}', 'admin.customProviders.getProvider'],
  ['PUT', '/admin/custom-providers/{identifier}', 'admin.customProviders.updateProvider'],
  ['DELETE', '/admin/custom-providers/{identifier}', 'admin.customProviders.deleteProvider'],
]

const forApplications: readonly Row[] = [
  ['POST', '/oauth/clients/register'],
  ['GET', '/oauth/authorize'],
  ['POST', '/oauth/token'],
  ['GET', '/oauth/userinfo'],
  ['GET', '/oauth/authorizations/{authorization_id}', 'oauth.getAuthorizationDetails'],
  ['POST', '/oauth/authorizations/{authorization_id}/consent', 'oauth.approveAuthorization'],
  ['GET', '/scim/v2/ServiceProviderConfig'],
  ['GET', '/scim/v2/ResourceTypes'],
  ['GET', '/scim/v2/Schemas'],
]

/** The routes that clients and operators of 2.196 know, the five grants counted each. */
export const wireRoutes: readonly WireRoute[] = [service, waysIn, own, administrators, forApplications]
  .flat()
  .map(([method, path, by]) => ({ method, path, by }))
