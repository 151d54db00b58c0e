// Data: the shapes of the native API. Made from its OpenAPI document by `npm run generate`; do not edit.

/** Any JSON object. */
export type Json = Record<string, unknown>

/** Every code the server refuses with. The list only grows. */
export type ServerCode =
  | 'validation_failed'
  | 'bad_json'
  | 'captcha_failed'
  | 'redirect_not_allowed'
  | 'invalid_credentials'
  | 'email_address_invalid'
  | 'phone_number_invalid'
  | 'current_password_invalid'
  | 'refresh_token_not_found'
  | 'refresh_token_overtaken'
  | 'refresh_token_already_used'
  | 'session_expired'
  | 'flow_state_not_found'
  | 'flow_state_already_used'
  | 'bad_code_verifier'
  | 'bad_oauth_state'
  | 'id_token_invalid'
  | 'wallet_signature_invalid'
  | 'saml_assertion_invalid'
  | 'no_authorization'
  | 'bad_jwt'
  | 'access_key_invalid'
  | 'key_invalid'
  | 'reauthentication_needed'
  | 'not_admin'
  | 'insufficient_scope'
  | 'insufficient_aal'
  | 'session_not_found'
  | 'user_banned'
  | 'email_not_confirmed'
  | 'phone_not_confirmed'
  | 'anonymous_not_allowed'
  | 'user_sso_managed'
  | 'origin_not_allowed'
  | 'feature_disabled'
  | 'provider_disabled'
  | 'access_denied'
  | 'signup_disabled'
  | 'identifier_not_allowed'
  | 'hook_rejected'
  | 'otp_expired'
  | 'not_found'
  | 'sso_provider_not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'conflict'
  | 'idempotency_key_reused'
  | 'attempt_expired'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'webauthn_verification_failed'
  | 'weak_password'
  | 'same_password'
  | 'user_already_exists'
  | 'single_identity_not_deletable'
  | 'mfa_verification_failed'
  | 'factor_name_taken'
  | 'identity_already_exists'
  | 'limit_reached'
  | 'hash_not_supported'
  | 'over_request_rate_limit'
  | 'over_email_send_rate_limit'
  | 'over_sms_send_rate_limit'
  | 'over_attempt_limit'
  | 'unexpected_failure'
  | 'oauth_refused'
  | 'provider_failed'
  | 'unavailable'
  | 'hook_unavailable'

/** `AccessKey` of the native API. */
export interface AccessKey {
  id: string
  name: string
  /** Its last characters. */
  hint: string
  /** What it is good for; `*` alone, from a dialect without scopes: all but the credentials of the account. */
  scopes: string[]
  metadata: Json
  expiresAt: string
  createdAt: string
  lastUsedAt: string | null
  /** Once, when it is made. For example `wwk_…`. */
  key: string | null
}

/** `AccessKeyPage` of the native API. */
export interface AccessKeyPage {
  items: AccessKey[]
  nextCursor: string | null
}

/** `AccountExport` of the native API. */
export interface AccountExport {
  exportedAt: string
  user: User
  hasPassword: boolean
  passwordChangedAt: string | null
  invitedAt: string | null
  createdBy: {
    dialect: string
    way: string
  }
  /** What was allowed to other applications. */
  grants: Grant[]
  sessions: Session[]
  accessKeys: AccessKey[]
  /** What happened to the account, newest first. */
  activity: AuditEvent[]
}

/** `ActForUser` of the native API. */
export interface ActForUser {
  /** Why; it stands in the audit log. */
  reason: string
  /** How long; default 60. */
  minutes?: number | undefined
}

/** `AddFactor` of the native API. */
export interface AddFactor {
  type: 'totp' | 'phone' | 'passkey'
  name?: string | undefined
  /** For a phone. For example `+12025550100`. */
  phone?: string | undefined
  /** For a passkey: whether it signs in alone (default), or protects the account as a second factor. */
  signIn?: boolean | undefined
  /** Of a text; default sms. */
  channel?: 'sms' | 'whatsapp' | undefined
}

/** `AddSsoProvider` of the native API. */
export interface AddSsoProvider {
  type: 'saml'
  metadataXml?: string | undefined
  metadataUrl?: string | undefined
  /** Whose people it signs in. Its word about an address counts in these alone. */
  domains?: string[] | undefined
  /** Which attributes are kept, by claim: `{"full_name": {"name": "displayName"}}`. */
  claims?: Json | undefined
  nameIdFormat?: string | null | undefined
  /** What you call it. */
  resourceId?: string | null | undefined
  enabled?: boolean | undefined
  /** Lets it send people who did not begin here. Such a sign-in belongs to no browser. */
  allowUnsolicited?: boolean | undefined
}

/** `AdminLink` of the native API. */
export interface AdminLink {
  /** null when it was mailed. */
  url: string | null
  purpose: 'sign_in' | 'sign_up' | 'recovery'
  expiresAt: string
}

/** `AdminProvider` of the native API. */
export interface AdminProvider {
  id: string
  builtIn: boolean
  enabled: boolean
  clientId: string | null
  /** Further client ids that ID tokens may be made out to. */
  audiences: string[]
  scopes: string[]
  /** `verified`: an address proved on both sides finds its account. Never so for a provider of one’s own. */
  linking: 'never' | 'verified'
  /** `false`: its addresses count as unproved, and a mail asks whoever comes with one. */
  trustEmail: boolean
  /** Lets people in whose profile has no address. */
  emailOptional: boolean
  skipNonceCheck: boolean
  keepTokens: boolean
  /** Only of a provider of one’s own. */
  kind: 'oauth2' | 'oidc'
  name: string
  issuer: string | null
  discoveryUrl: string | null
  authorizationUrl: string | null
  tokenUrl: string | null
  userinfoUrl: string | null
  jwksUrl: string | null
  /** Where in its profile ours are found: `{"email": "mail"}`. */
  claims: Json
  /** Sent along to its page. */
  params: Json
  pkce: boolean
  hasSecret: boolean
}

/** `AdminProviderPage` of the native API. */
export interface AdminProviderPage {
  items: AdminProvider[]
  nextCursor: string | null
}

/** `AdminSsoProvider` of the native API. */
export interface AdminSsoProvider {
  id: string
  type: 'saml'
  entityId: string
  metadataUrl: string | null
  /** Whose people it signs in. Its word about an address counts in these alone. */
  domains: string[]
  /** Which attributes are kept, by claim: `{"full_name": {"name": "displayName"}}`. */
  claims: Json
  nameIdFormat: string | null
  /** What you call it. */
  resourceId: string | null
  enabled: boolean
  /** Lets it send people who did not begin here. Such a sign-in belongs to no browser. */
  allowUnsolicited: boolean
  metadataCheckedAt: string
  createdAt: string
  updatedAt: string
}

/** `AdminSsoProviderPage` of the native API. */
export interface AdminSsoProviderPage {
  items: AdminSsoProvider[]
  nextCursor: string | null
}

/** `AdminUser` of the native API. */
export interface AdminUser {
  id: string
  email: string | null
  phone: string | null
  isAnonymous: boolean
  /** The role in the sense of the database. */
  role: string
  /** The roles in the sense of the app. */
  roles: string[]
  defaultRole: string
  /** Written by the user. */
  metadata: Json
  /** Written by administrators alone. */
  appMetadata: Json
  emailConfirmedAt: string | null
  phoneConfirmedAt: string | null
  /** The new address of a change that waits. */
  pendingEmail: string | null
  pendingPhone: string | null
  displayName: string
  avatarUrl: string | null
  locale: string
  /** Managed by an organisation. */
  isSso: boolean
  /** What would work at the next sign-in. */
  waysIn: ('password' | 'code' | 'provider' | 'sso' | 'passkey' | 'wallet')[]
  identities: Identity[]
  factors: Factor[]
  createdAt: string
  updatedAt: string
  lastSignInAt: string | null
  bannedUntil: string | null
  deletedAt: string | null
  invitedAt: string | null
  createdBy: {
    dialect: string
    way: string
  }
}

/** `AdminUserDetails` of the native API. */
export interface AdminUserDetails {
  id: string
  email: string | null
  phone: string | null
  isAnonymous: boolean
  /** The role in the sense of the database. */
  role: string
  /** The roles in the sense of the app. */
  roles: string[]
  defaultRole: string
  /** Written by the user. */
  metadata: Json
  /** Written by administrators alone. */
  appMetadata: Json
  emailConfirmedAt: string | null
  phoneConfirmedAt: string | null
  /** The new address of a change that waits. */
  pendingEmail: string | null
  pendingPhone: string | null
  displayName: string
  avatarUrl: string | null
  locale: string
  /** Managed by an organisation. */
  isSso: boolean
  /** What would work at the next sign-in. */
  waysIn: ('password' | 'code' | 'provider' | 'sso' | 'passkey' | 'wallet')[]
  identities: Identity[]
  factors: Factor[]
  createdAt: string
  updatedAt: string
  lastSignInAt: string | null
  bannedUntil: string | null
  deletedAt: string | null
  invitedAt: string | null
  createdBy: {
    dialect: string
    way: string
  }
  activeSessions: number
  /** Too many wrong passwords or codes. */
  lockedUntil: string | null
  passwordScheme: 'argon2id' | 'bcrypt' | 'scrypt' | 'fbscrypt' | 'pbkdf2' | null
}

/** `AdminUserPage` of the native API. */
export interface AdminUserPage {
  items: AdminUser[]
  nextCursor: string | null
}

/** `AnsweredOAuthRequest` of the native API. */
export interface AnsweredOAuthRequest {
  /** The application’s place, with a code or an error. */
  redirectTo: string
}

/** `ApiKey` of the native API. */
export interface ApiKey {
  id: string
  kind: 'publishable' | 'secret'
  name: string
  /** The last characters. */
  hint: string
  scopes: ('admin' | 'users:read' | 'users:write' | 'audit:read' | 'settings:write' | 'keys:write')[]
  origins: string[]
  needsSession: boolean
  expiresAt: string | null
  revokedAt: string | null
  createdAt: string
}

/** `ApiKeyPage` of the native API. */
export interface ApiKeyPage {
  items: ApiKey[]
  nextCursor: string | null
}

/** `ApiKeyRequest` of the native API. */
export interface ApiKeyRequest {
  kind: 'publishable' | 'secret'
  name: string
  /** Of a secret key; default admin. */
  scopes?: ('admin' | 'users:read' | 'users:write' | 'audit:read' | 'settings:write' | 'keys:write')[] | undefined
  /** Of a publishable key; default any. */
  origins?: string[] | undefined
  /** Of a publishable key: live connections are for people who are signed in. Default false. */
  needsSession?: boolean | undefined
  expiresAt?: string | null | undefined
}

/** `AttachIdentity` of the native API. */
export interface AttachIdentity {
  /** For example `google`, `custom:acme`. */
  provider: string
  subject: string
  email?: string | undefined
}

/** `AttemptAnswer` of the native API. */
export interface AttemptAnswer {
  /** For example `wwa_…`. */
  attempt: string
  /** The id of one of those offered, or its type where there is one of that type. */
  option?: string | undefined
  code?: string | undefined
  /** Proves who it is, or is chosen with a yes. */
  password?: string | undefined
  /** With the code of a recovery. */
  newPassword?: string | undefined
  /** What the browser made of the step `passkey`, by its `toJSON()`. */
  credential?: Json | undefined
  /** Of the step `wallet`: hexadecimal for Ethereum, base64 or base64url for Solana. */
  signature?: string | undefined
  accept?: true | undefined
  /** What a new factor is to be called. */
  name?: string | undefined
}

/** `AttemptChallenge` of the native API. */
export interface AttemptChallenge {
  /** For example `wwa_…`. */
  attempt: string
  /** The id of one of those offered, or its type where there is one of that type. */
  option?: string | undefined
  /** Of a text; default sms. */
  channel?: 'sms' | 'whatsapp' | undefined
}

/** `AttemptRequest` of the native API. */
export interface AttemptRequest {
  /** For example `wwa_…`. */
  attempt: string
}

/** `AttemptState` of the native API. */
export interface AttemptState {
  /** For example `wwa_…`. */
  token: string
  purpose:
    | 'sign_up'
    | 'sign_in'
    | 'recovery'
    | 'invite'
    | 'email_change'
    | 'phone_change'
    | 'elevation'
    | 'enrollment'
    | 'link'
  step: Step
  expiresAt: string
}

/** `AuditEvent` of the native API. */
export interface AuditEvent {
  id: string
  at: string
  /** For example `session.opened`. */
  action: string
  result: 'ok' | 'refused'
  code: string | null
  requestId: string | null
  userId: string | null
  sessionId: string | null
  dialect: string | null
  ip: string | null
  userAgent: string | null
  actor: {
    type: 'user' | 'admin' | 'key' | 'system' | 'nobody'
    id: string | null
  }
  target: {
    type: string
    id: string
  } | null
  details: Json
}

/** `AuditEventPage` of the native API. */
export interface AuditEventPage {
  items: AuditEvent[]
  nextCursor: string | null
}

/** `CaptchaChallenge` of the native API. */
export interface CaptchaChallenge {
  /** In the form of ALTCHA, version 2. */
  parameters: {
    algorithm: string
    cost: number
    data?:
      | {
          for: 'sign_up' | 'sign_in' | 'send' | 'start'
        }
      | undefined
    /** Seconds since 1970. */
    expiresAt: number
    keyLength: number
    keyPrefix: string
    nonce: string
    salt: string
  }
  signature: string
}

/** `ChangeEmail` of the native API. */
export interface ChangeEmail {
  email: string
  /** A guest’s first one. */
  password?: string | undefined
  /** A listed place; default the site. */
  redirectTo?: string | undefined
  /** Without it the mail carries a code and no link. */
  codeChallenge?: string | undefined
  /** Comes back with the code. */
  state?: string | undefined
}

/** `ChangePhone` of the native API. */
export interface ChangePhone {
  /** For example `+12025550100`. */
  phone: string
  /** Of a text; default sms. */
  channel?: 'sms' | 'whatsapp' | undefined
  /** A guest’s first one. */
  password?: string | undefined
}

/** `ChangeSsoProvider` of the native API. */
export interface ChangeSsoProvider {
  metadataXml?: string | undefined
  metadataUrl?: string | undefined
  /** Whose people it signs in. Its word about an address counts in these alone. */
  domains?: string[] | undefined
  /** Which attributes are kept, by claim: `{"full_name": {"name": "displayName"}}`. */
  claims?: Json | undefined
  nameIdFormat?: string | null | undefined
  /** What you call it. */
  resourceId?: string | null | undefined
  enabled?: boolean | undefined
  /** Lets it send people who did not begin here. Such a sign-in belongs to no browser. */
  allowUnsolicited?: boolean | undefined
}

/** `Complete` of the native API. */
export interface Complete {
  status: 'complete'
  user: User
  session: Session
  tokens: Tokens
  isNewUser: boolean
  /** The account elsewhere this came by. */
  identity: Identity | null
  /** Handed out once, after a sign-in with a provider. */
  providerTokens: ProviderTokens | null
  /** What setting one up has added. */
  factor: Factor | null
  /** Accepted, no longer good enough. */
  weakPassword: ('length' | 'characters' | 'common' | 'personal' | 'breached')[] | null
}

/** `Counter` of the native API. */
export interface Counter {
  /** For example `passwords`, `requests:signUp`. */
  counter: string
  limit: number
  remaining: number
  /** Seconds until it begins anew. */
  resetIn: number
  over: boolean
}

/** `CounterPage` of the native API. */
export interface CounterPage {
  items: Counter[]
  nextCursor: string | null
}

/** `CreateAccessKey` of the native API. */
export interface CreateAccessKey {
  name: string
  /** What it is good for here; words of your own begin with `app:` and are copied into access tokens. For example `me:read,app:deploy`. */
  scopes: string[]
  /** A year ahead at most. */
  expiresAt: string
  /** At most 4,096 bytes. */
  metadata?: Json | undefined
}

/** `CreateOAuthClient` of the native API. */
export interface CreateOAuthClient {
  /** Shown to people when they are asked. */
  name?: string | undefined
  /** Where it is answered; compared as they are, save the port of a loopback address. */
  redirectUris: string[]
  /** `none` is a public application, without a secret. */
  authMethod?: 'none' | 'client_secret_basic' | 'client_secret_post' | undefined
  grants?: ('authorization_code' | 'refresh_token')[] | undefined
  /** The most it may ask for. Default the standard ones. */
  scopes?: string[] | undefined
  homeUrl?: string | null | undefined
  logoUrl?: string | null | undefined
}

/** `CreateUser` of the native API. */
export interface CreateUser {
  id?: string | undefined
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  password?: string | undefined
  /** argon2, bcrypt, scrypt, Firebase scrypt or PBKDF2; replaced at the next sign-in. */
  passwordHash?: string | undefined
  emailConfirmed?: boolean | undefined
  phoneConfirmed?: boolean | undefined
  displayName?: string | null | undefined
  avatarUrl?: string | null | undefined
  locale?: string | undefined
  /** Merged by its keys; null deletes one. */
  metadata?: Json | undefined
  appMetadata?: Json | undefined
  roles?: string[] | undefined
  defaultRole?: string | undefined
  /** The role in the sense of the database. */
  role?: string | undefined
  bannedUntil?: string | null | undefined
}

/** `DecideOAuthRequest` of the native API. */
export interface DecideOAuthRequest {
  decision: 'approve' | 'deny'
  /** Those of the asked ones that are allowed. Default all. */
  scopes?: string[] | undefined
}

/** `Elevate` of the native API. */
export interface Elevate {
  /** recent: a proof not older than ten minutes, the second factor where there is one. Default. */
  level?: 'recent' | 'aal2' | undefined
}

/** `Error` of the native API. */
export interface ErrorBody {
  code: string
  /** For people; may change. */
  message: string
  requestId: string
  details: Json
  /** Seconds. */
  retryAfter: number | null
}

/** `ExchangeCode` of the native API. */
export interface ExchangeCode {
  code: string
  /** Absent only for links of administrators. */
  codeVerifier?: string | undefined
}

/** `Factor` of the native API. */
export type Factor =
  | {
      type: 'totp'
      id: string
      name: string
      /** Only a verified one protects. */
      status: 'verified' | 'unverified'
      createdAt: string
      lastUsedAt: string | null
    }
  | {
      type: 'phone'
      id: string
      name: string
      /** Only a verified one protects. */
      status: 'verified' | 'unverified'
      createdAt: string
      lastUsedAt: string | null
      /** Masked. */
      phone: string
    }
  | {
      type: 'passkey'
      id: string
      name: string
      /** Only a verified one protects. */
      status: 'verified' | 'unverified'
      createdAt: string
      lastUsedAt: string | null
      /** It signs in alone. */
      signIn: boolean
      backedUp: boolean
      transports: string[]
      authenticator: {
        aaguid: string
        name: string
      } | null
    }
  | {
      type: 'recovery_codes'
      id: string
      name: string
      /** Only a verified one protects. */
      status: 'verified' | 'unverified'
      createdAt: string
      lastUsedAt: string | null
      total: number
      remaining: number
    }

/** `FactorPage` of the native API. */
export interface FactorPage {
  items: Factor[]
  nextCursor: string | null
}

/** `Grant` of the native API. */
export interface Grant {
  client: {
    id: string
    name: string
    homeUrl: string | null
    logoUrl: string | null
  }
  scopes: string[]
  grantedAt: string
}

/** `GrantPage` of the native API. */
export interface GrantPage {
  items: Grant[]
  nextCursor: string | null
}

/** `Identity` of the native API. */
export interface Identity {
  id: string
  provider: string
  subject: string
  email: string | null
  emailVerified: boolean
  name: string | null
  avatarUrl: string | null
  /** As the provider said it. */
  profile: Json
  createdAt: string
  lastSignInAt: string | null
}

/** `IdentityPage` of the native API. */
export interface IdentityPage {
  items: Identity[]
  nextCursor: string | null
}

/** `ImportUsers` of the native API. */
export interface ImportUsers {
  users: {
    id?: string | undefined
    email?: string | undefined
    /** For example `+12025550100`. */
    phone?: string | undefined
    password?: string | undefined
    /** argon2, bcrypt, scrypt, Firebase scrypt or PBKDF2; replaced at the next sign-in. */
    passwordHash?: string | undefined
    emailConfirmed?: boolean | undefined
    phoneConfirmed?: boolean | undefined
    displayName?: string | null | undefined
    avatarUrl?: string | null | undefined
    locale?: string | undefined
    /** Merged by its keys; null deletes one. */
    metadata?: Json | undefined
    appMetadata?: Json | undefined
    roles?: string[] | undefined
    defaultRole?: string | undefined
    /** The role in the sense of the database. */
    role?: string | undefined
    bannedUntil?: string | null | undefined
  }[]
  /** Default skip. */
  onConflict?: 'skip' | 'update' | 'refuse' | undefined
  dryRun?: boolean | undefined
}

/** `Imported` of the native API. */
export interface Imported {
  results: {
    index: number
    id: string | null
    status: 'created' | 'updated' | 'skipped' | 'refused'
    code: string | null
  }[]
}

/** `InboxMessage` of the native API. */
export interface InboxMessage {
  id: string
  at: string
  channel: 'email' | 'sms' | 'whatsapp'
  to: string
  template: string
  subject: string
  text: string
  html: string
  code: string | null
  link: string | null
}

/** `InboxPage` of the native API. */
export interface InboxPage {
  items: InboxMessage[]
  nextCursor: string | null
}

/** `Invite` of the native API. */
export interface Invite {
  id: string
  userId: string | null
  email: string | null
  invitedBy: string | null
  createdAt: string
  expiresAt: string
}

/** `InvitePage` of the native API. */
export interface InvitePage {
  items: Invite[]
  nextCursor: string | null
}

/** `LinkIdentity` of the native API. */
export interface LinkIdentity {
  /** For example `google`, `custom:acme`. */
  provider?: string | undefined
  idToken?: string | undefined
  /** As it was before its digest went into the request. */
  nonce?: string | undefined
  /** Compared with the `at_hash` of the ID token. */
  accessToken?: string | undefined
  /** Of a wallet, in place of `provider`. */
  chain?: 'ethereum' | 'solana' | undefined
  address?: string | undefined
  /** The page that asks, a listed place; default the site. */
  uri?: string | undefined
  scopes?: string[] | undefined
  /** A listed place; default the site. */
  redirectTo?: string | undefined
  /** Without it the mail carries a code and no link. */
  codeChallenge?: string | undefined
  /** Comes back with the code. */
  state?: string | undefined
}

/** `MadeOAuthClient` of the native API. */
export interface MadeOAuthClient {
  client: OAuthClient
  /** Shown once; null for a public application. */
  secret: string | null
}

/** `MakeInvite` of the native API. */
export interface MakeInvite {
  email: string
  displayName?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  appMetadata?: Json | undefined
  redirectTo?: string | undefined
}

/** `MakeLink` of the native API. */
export interface MakeLink {
  purpose: 'sign_in' | 'sign_up' | 'recovery'
  redirectTo?: string | undefined
  /** Mail it; default false. */
  send?: boolean | undefined
}

/** `MessagePreview` of the native API. */
export interface MessagePreview {
  /** The nearest there is. */
  locale: string
  subject: string
  /** Empty for a text to a telephone, as the subject is. */
  html: string
  text: string
}

/** `MessageTemplate` of the native API. */
export interface MessageTemplate {
  name:
    | 'sign_up'
    | 'sign_in'
    | 'sign_in_code'
    | 'recovery'
    | 'invite'
    | 'email_change'
    | 'email_change_current'
    | 'reauthentication'
    | 'already_registered'
    | 'password_changed'
    | 'email_changed'
    | 'phone_changed'
    | 'recovery_finished'
    | 'identity_linked'
    | 'identity_unlinked'
    | 'factor_added'
    | 'factor_removed'
    | 'access_key_added'
    | 'access_key_removed'
    | 'sign_in_locked'
    | 'new_device'
    | 'session_replayed'
    | 'account_deleted'
    | 'sms_code'
    | 'sms_phone_changed'
  locale: string
  /** Written by the operator, at least in part. */
  own: boolean
}

/** `MessageTemplatePage` of the native API. */
export interface MessageTemplatePage {
  items: MessageTemplate[]
  nextCursor: string | null
}

/** `NewApiKey` of the native API. */
export interface NewApiKey {
  id: string
  kind: 'publishable' | 'secret'
  name: string
  /** The last characters. */
  hint: string
  scopes: ('admin' | 'users:read' | 'users:write' | 'audit:read' | 'settings:write' | 'keys:write')[]
  origins: string[]
  needsSession: boolean
  expiresAt: string | null
  revokedAt: string | null
  createdAt: string
  /** Shown once. */
  key: string | null
}

/** `OAuthClient` of the native API. */
export interface OAuthClient {
  id: string
  /** Shown to people when they are asked. */
  name: string
  /** Where it is answered; compared as they are, save the port of a loopback address. */
  redirectUris: string[]
  /** `none` is a public application, without a secret. */
  authMethod: 'none' | 'client_secret_basic' | 'client_secret_post'
  grants: ('authorization_code' | 'refresh_token')[]
  /** The most it may ask for. Default the standard ones. */
  scopes: string[]
  homeUrl: string | null
  logoUrl: string | null
  registration: 'manual' | 'dynamic'
  createdAt: string
  updatedAt: string
}

/** `OAuthClientPage` of the native API. */
export interface OAuthClientPage {
  items: OAuthClient[]
  nextCursor: string | null
}

/** `OAuthRequest` of the native API. */
export type OAuthRequest =
  | {
      id: string
      client: {
        id: string
        name: string
        homeUrl: string | null
        logoUrl: string | null
      }
      scopes: string[]
      /** Who gets the answer: a host, or the scheme of a program (`com.example.app:`). */
      redirectHost: string
      user: {
        id: string
        email: string | null
      }
      expiresAt: string
    }
  | AnsweredOAuthRequest

/** `OpenLink` of the native API. */
export interface OpenLink {
  /** For example `wwl_…`. */
  token: string
  codeVerifier?: string | undefined
}

/** `OutboxMessage` of the native API. */
export interface OutboxMessage {
  id: string
  /** hook: an event the application is told of. */
  channel: 'email' | 'sms' | 'whatsapp' | 'hook'
  /** For example `sign_up`, `sign_in`, `sign_in_code`. */
  template: string
  state: 'waiting' | 'sent' | 'failed' | 'inbox'
  /** null once the content is wiped. */
  to: string | null
  userId: string | null
  attempts: number
  lastError: string | null
  createdAt: string
  nextAt: string
  sentAt: string | null
}

/** `OutboxPage` of the native API. */
export interface OutboxPage {
  items: OutboxMessage[]
  nextCursor: string | null
}

/** `Outcome` of the native API. */
export type Outcome = Complete | Pending

/** `Pending` of the native API. */
export interface Pending {
  status: 'pending'
  attempt: AttemptState
}

/** `PreviewMessage` of the native API. */
export interface PreviewMessage {
  template:
    | 'sign_up'
    | 'sign_in'
    | 'sign_in_code'
    | 'recovery'
    | 'invite'
    | 'email_change'
    | 'email_change_current'
    | 'reauthentication'
    | 'already_registered'
    | 'password_changed'
    | 'email_changed'
    | 'phone_changed'
    | 'recovery_finished'
    | 'identity_linked'
    | 'identity_unlinked'
    | 'factor_added'
    | 'factor_removed'
    | 'access_key_added'
    | 'access_key_removed'
    | 'sign_in_locked'
    | 'new_device'
    | 'session_replayed'
    | 'account_deleted'
    | 'sms_code'
    | 'sms_phone_changed'
  locale?: string | undefined
}

/** `ProviderInfo` of the native API. */
export interface ProviderInfo {
  id: string
  name: string
  kind: 'oauth2' | 'oidc'
  startUrl: string
  iconUrl: string | null
  /** Whether apps may hand in ID tokens. */
  idToken: boolean
}

/** `ProviderTokens` of the native API. */
export interface ProviderTokens {
  provider: string
  accessToken: string
  refreshToken: string | null
  scopes: string[]
  expiresAt: string | null
}

/** `PublicSettings` of the native API. */
export interface PublicSettings {
  name: string
  signUp: boolean
  identifiers: ('email' | 'phone')[]
  waysIn: ('password' | 'code' | 'provider' | 'id_token' | 'sso' | 'passkey' | 'wallet' | 'anonymous')[]
  /** What may be set up. */
  factors: ('totp' | 'phone' | 'passkey' | 'recovery_codes')[]
  secondFactor: 'optional'
  providers: ProviderInfo[]
  /** Chains whose wallets sign in. */
  wallets: ('ethereum' | 'solana')[]
  /** Whether organisations sign in through their own identity provider. */
  sso: boolean
  confirmation: {
    email: boolean
    phone: boolean
  }
  password: {
    min: number
    max: number
    checks: ('length' | 'characters' | 'common' | 'personal' | 'breached')[]
  }
  code: {
    length: number
    seconds: number
  }
  /** Who draws it and what it is asked for: `captcha` in the body of those. */
  captcha: {
    provider: string
    siteKey: string
    on: ('sign_up' | 'sign_in' | 'send' | 'start')[]
  } | null
  locales: string[]
  /** Null where there are none. */
  passkeys: {
    /** The domain they are made for. */
    rpId: string
    /** Whether one alone signs up. */
    withoutAddress: boolean
  } | null
}

/** `PutProvider` of the native API. */
export interface PutProvider {
  enabled?: boolean | undefined
  clientId?: string | null | undefined
  /** Further client ids that ID tokens may be made out to. */
  audiences?: string[] | undefined
  scopes?: string[] | undefined
  /** `verified`: an address proved on both sides finds its account. Never so for a provider of one’s own. */
  linking?: 'never' | 'verified' | undefined
  /** `false`: its addresses count as unproved, and a mail asks whoever comes with one. */
  trustEmail?: boolean | undefined
  /** Lets people in whose profile has no address. */
  emailOptional?: boolean | undefined
  skipNonceCheck?: boolean | undefined
  keepTokens?: boolean | undefined
  /** Only of a provider of one’s own. */
  kind?: 'oauth2' | 'oidc' | undefined
  name?: string | undefined
  issuer?: string | null | undefined
  discoveryUrl?: string | null | undefined
  authorizationUrl?: string | null | undefined
  tokenUrl?: string | null | undefined
  userinfoUrl?: string | null | undefined
  jwksUrl?: string | null | undefined
  /** Where in its profile ours are found: `{"email": "mail"}`. */
  claims?: Json | undefined
  /** Sent along to its page. */
  params?: Json | undefined
  pkce?: boolean | undefined
  clientSecret?: string | null | undefined
  /** Its issuer, or its `userinfoUrl`, before, where this changes it and the accounts there are the same. */
  movedFrom?: string | undefined
}

/** `Recovery` of the native API. */
export interface Recovery {
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  /** Of a text; default sms. */
  channel?: 'sms' | 'whatsapp' | undefined
  /** A listed place; default the site. */
  redirectTo?: string | undefined
  /** Without it the mail carries a code and no link. */
  codeChallenge?: string | undefined
  /** Comes back with the code. */
  state?: string | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `RecoveryCodes` of the native API. */
export interface RecoveryCodes {
  factor: Factor
  codes: string[]
}

/** `RedirectList` of the native API. */
export interface RedirectList {
  /** Where people go when no other place is named or allowed. */
  siteUrl: string
  /** Patterns. */
  urls: string[]
}

/** `RedirectVerdict` of the native API. */
export interface RedirectVerdict {
  allowed: boolean
  rule: string | null
  reason: string
}

/** `Refresh` of the native API. */
export interface Refresh {
  /** In cookie mode it comes from its cookie. */
  refreshToken?: string | undefined
  /** Whether the caller may have a newer one, in another tab: refresh_token_overtaken says that there is one, and the session goes on. Default no: an older one ends it. */
  mayBeOlder?: boolean | undefined
}

/** `RenameFactor` of the native API. */
export interface RenameFactor {
  name: string
}

/** `RotateSigningKey` of the native API. */
export interface RotateSigningKey {
  alg?: 'ES256' | 'RS256' | undefined
}

/** `Session` of the native API. */
export interface Session {
  id: string
  userId: string
  aal: 'aal1' | 'aal2'
  /** What was proved, newest first. */
  amr: {
    /** password, code, link, recovery, invite, anonymous … */
    method: string
    at: string
    provider: string | null
  }[]
  /** The last proof; refreshing does not move it. */
  provedAt: string
  createdAt: string
  lastUsedAt: string
  idleEndsAt: string
  endsAt: string
  current: boolean
  dialect: string
  /** The administrator who acts for the user. */
  actor: string | null
  device: {
    name: string
    os: string | null
    browser: string | null
    kind: 'desktop' | 'mobile' | 'tablet' | 'server' | 'unknown'
  }
  ip: string | null
}

/** `SessionPage` of the native API. */
export interface SessionPage {
  items: Session[]
  nextCursor: string | null
}

/** `SetPassword` of the native API. */
export interface SetPassword {
  password: string
  currentPassword?: string | undefined
}

/** `Setting` of the native API. */
export interface Setting {
  /** For example `sessions.idle`. */
  name: string
  /** For example `WATCHWORD_SESSIONS_IDLE`. */
  variable: string
  /** null where nothing is set. Of a secret only that it is set. */
  value: unknown
  /** null where there is none, or where it follows from other settings. */
  default: unknown
  source: 'default' | 'generated' | 'file' | 'environment' | 'flag'
  secret: boolean
  description: string
}

/** `SettingPage` of the native API. */
export interface SettingPage {
  items: Setting[]
  nextCursor: string | null
}

/** `SignInWithAccessKey` of the native API. */
export interface SignInWithAccessKey {
  /** For example `wwk_…`. */
  key: string
}

/** `SignInWithCode` of the native API. */
export interface SignInWithCode {
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  /** Of a text; default sms. */
  channel?: 'sms' | 'whatsapp' | undefined
  /** Default true. */
  createUser?: boolean | undefined
  displayName?: string | undefined
  avatarUrl?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  /** A listed place; default the site. */
  redirectTo?: string | undefined
  /** Without it the mail carries a code and no link. */
  codeChallenge?: string | undefined
  /** Comes back with the code. */
  state?: string | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignInWithIdToken` of the native API. */
export interface SignInWithIdToken {
  /** For example `google`, `custom:acme`. */
  provider: string
  idToken: string
  /** As it was before its digest went into the request. */
  nonce?: string | undefined
  /** Compared with the `at_hash` of the ID token. */
  accessToken?: string | undefined
  createUser?: boolean | undefined
  displayName?: string | undefined
  avatarUrl?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignInWithPasskey` of the native API. */
export interface SignInWithPasskey {
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignInWithPassword` of the native API. */
export interface SignInWithPassword {
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  password: string
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignInWithWallet` of the native API. */
export interface SignInWithWallet {
  chain: 'ethereum' | 'solana'
  address: string
  /** The page that asks, a listed place; default the site. */
  uri?: string | undefined
  createUser?: boolean | undefined
  displayName?: string | undefined
  avatarUrl?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignOut` of the native API. */
export interface SignOut {
  /** Default this. */
  scope?: 'this' | 'others' | 'all' | undefined
  /** In cookie mode it comes from its cookie. */
  refreshToken?: string | undefined
}

/** `SignUpAnonymously` of the native API. */
export interface SignUpAnonymously {
  displayName?: string | undefined
  avatarUrl?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignUpWithPasskey` of the native API. */
export interface SignUpWithPasskey {
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  displayName?: string | undefined
  avatarUrl?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  /** A listed place; default the site. */
  redirectTo?: string | undefined
  /** Without it the mail carries a code and no link. */
  codeChallenge?: string | undefined
  /** Comes back with the code. */
  state?: string | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SignUpWithPassword` of the native API. */
export interface SignUpWithPassword {
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  password: string
  /** Of a text; default sms. */
  channel?: 'sms' | 'whatsapp' | undefined
  displayName?: string | undefined
  avatarUrl?: string | undefined
  locale?: string | undefined
  metadata?: Json | undefined
  roles?: string[] | undefined
  /** A listed place; default the site. */
  redirectTo?: string | undefined
  /** Without it the mail carries a code and no link. */
  codeChallenge?: string | undefined
  /** Comes back with the code. */
  state?: string | undefined
  /** What the captcha gave, where `/settings` says that one is asked for. */
  captcha?: string | undefined
}

/** `SigningKey` of the native API. */
export interface SigningKey {
  kid: string
  algorithm: string
  state: 'next' | 'active' | 'retiring' | 'retired' | 'revoked'
  createdAt: string
  signsFrom: string
  retiresAt: string | null
  revokedAt: string | null
}

/** `SigningKeyPage` of the native API. */
export interface SigningKeyPage {
  items: SigningKey[]
  nextCursor: string | null
}

/** `SsoInfo` of the native API. */
export interface SsoInfo {
  providerId: string
  name: string
}

/** `Stats` of the native API. */
export interface Stats {
  from: string
  to: string
  /** An estimate. */
  users: number
  newUsers: number
  signIns: {
    ok: number
    refused: number
  }
  outbox: {
    waiting: number
    oldestAt: string | null
  }
}

/** `Step` of the native API. */
export type Step =
  | {
      type: 'choose'
      options: {
        id: string
        type: 'password' | 'email' | 'totp' | 'passkey' | 'phone' | 'recovery_code' | 'wallet'
        name: string | null
        sentTo: string | null
        /** A factor to set up, because policy asks for one. */
        enroll: boolean
      }[]
    }
  | {
      type: 'code'
      channel: 'email' | 'sms' | 'whatsapp'
      /** Masked. */
      sentTo: string
      length: number
      /** The mail has a link too. */
      hasLink: boolean
      /** It was opened, and nothing came of it yet. */
      linkOpened: boolean
      /** Asking for a fresh code before sends nothing. */
      resendAt: string
      /** When the code ends. */
      expiresAt: string
    }
  | {
      type: 'totp_setup'
      /** Base32. It, `uri` and `qr` are shown once, then null. */
      secret: string | null
      /** `otpauth://totp/…` */
      uri: string | null
      /** SVG, as a data URL. */
      qr: string | null
    }
  | {
      type: 'passkey'
      mode: 'get' | 'create'
      /** What the browser is handed, in its JSON form (WebAuthn Level 3 §5.1). */
      publicKey: Json
      expiresAt: string
    }
  | {
      type: 'wallet'
      chain: 'ethereum' | 'solana'
      /** What the wallet is to sign, to the letter (`personal_sign`, `signMessage`). */
      message: string
      expiresAt: string
    }
  | {
      type: 'redirect'
      /** The browser goes there. */
      url: string
    }
  | {
      type: 'accept'
      email: string | null
      displayName: string | null
      /** Whether a password may be chosen with the yes. */
      password: boolean
    }

/** `TestRedirect` of the native API. */
export interface TestRedirect {
  url: string
}

/** `Tokens` of the native API. */
export interface Tokens {
  accessToken: string
  tokenType: 'Bearer'
  /** Seconds. */
  expiresIn: number
  expiresAt: string
  /** null in cookie mode, and after an access key. */
  refreshToken: string | null
}

/** `UpdateMe` of the native API. */
export interface UpdateMe {
  displayName?: string | null | undefined
  avatarUrl?: string | null | undefined
  locale?: string | undefined
  /** Merged by its keys; null deletes one. */
  metadata?: Json | undefined
}

/** `UpdateOAuthClient` of the native API. */
export interface UpdateOAuthClient {
  /** Shown to people when they are asked. */
  name?: string | undefined
  /** Where it is answered; compared as they are, save the port of a loopback address. */
  redirectUris?: string[] | undefined
  /** `none` is a public application, without a secret. */
  authMethod?: 'none' | 'client_secret_basic' | 'client_secret_post' | undefined
  grants?: ('authorization_code' | 'refresh_token')[] | undefined
  /** The most it may ask for. Default the standard ones. */
  scopes?: string[] | undefined
  homeUrl?: string | null | undefined
  logoUrl?: string | null | undefined
}

/** `UpdateUser` of the native API. */
export interface UpdateUser {
  email?: string | undefined
  /** For example `+12025550100`. */
  phone?: string | undefined
  password?: string | undefined
  /** argon2, bcrypt, scrypt, Firebase scrypt or PBKDF2; replaced at the next sign-in. */
  passwordHash?: string | undefined
  emailConfirmed?: boolean | undefined
  phoneConfirmed?: boolean | undefined
  displayName?: string | null | undefined
  avatarUrl?: string | null | undefined
  locale?: string | undefined
  /** Merged by its keys; null deletes one. */
  metadata?: Json | undefined
  appMetadata?: Json | undefined
  roles?: string[] | undefined
  defaultRole?: string | undefined
  /** The role in the sense of the database. */
  role?: string | undefined
  bannedUntil?: string | null | undefined
}

/** `User` of the native API. */
export interface User {
  id: string
  email: string | null
  phone: string | null
  isAnonymous: boolean
  /** The role in the sense of the database. */
  role: string
  /** The roles in the sense of the app. */
  roles: string[]
  defaultRole: string
  /** Written by the user. */
  metadata: Json
  /** Written by administrators alone. */
  appMetadata: Json
  emailConfirmedAt: string | null
  phoneConfirmedAt: string | null
  /** The new address of a change that waits. */
  pendingEmail: string | null
  pendingPhone: string | null
  displayName: string
  avatarUrl: string | null
  locale: string
  /** Managed by an organisation. */
  isSso: boolean
  /** What would work at the next sign-in. */
  waysIn: ('password' | 'code' | 'provider' | 'sso' | 'passkey' | 'wallet')[]
  identities: Identity[]
  factors: Factor[]
  createdAt: string
  updatedAt: string
  lastSignInAt: string | null
}

/** `UserEvent` of the native API. */
export interface UserEvent {
  id: string
  at: string
  userId: string
  /** The session that was opened or ended, or the one the change was made in. */
  sessionId: string | null
  type:
    | 'session.opened'
    | 'session.ended'
    | 'session.elevated'
    | 'user.updated'
    | 'user.deleted'
    | 'user.banned'
    | 'password.changed'
    | 'email.changed'
    | 'phone.changed'
    | 'factor.added'
    | 'factor.removed'
    | 'access_key.created'
    | 'access_key.revoked'
  /** Of a session its `device` and `dialect`, of a factor its `factorId` and `type`, otherwise nothing. */
  data: Json
}
