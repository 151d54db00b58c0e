const email = 'ada@example.test'
const phone = '+4915112345678'
const password = 'seven quiet otters'
const attempt = 'wwa_rQ0mZ3tqJ8sYb1XvN6kLw2HdUfE7cGpA9iOoTzB4nKM'
const redirectTo = 'https://app.example.test/in'
/** Of the verifier `dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`, as in RFC 7636, appendix B. */
const codeChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const back = { redirectTo, codeChallenge, state: 'f3' }
const application = { name: 'Example notes', redirectUris: ['https://notes.example.test/callback'] }

/** A body that somebody might send, for every body there is: by the name of its schema. */
export const exampleBodies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  SignUpWithPassword: { email, password, displayName: 'Ada', ...back },
  SignUpWithPasskey: { email, displayName: 'Ada', ...back },
  SignUpAnonymously: { metadata: { theme: 'dark' } },
  SignInWithPassword: { email, password },
  SignInWithCode: { email, ...back },
  SignInWithPasskey: {},
  SignInWithIdToken: { provider: 'google', idToken: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', nonce: 'n-0S6_WzA2Mj' },
  SignInWithWallet: { chain: 'ethereum', address: '0x71C7656EC7ab88b098defB751B7401B5f6d8976F' },
  SignInWithAccessKey: { key: 'wwk_rQ0mZ3tqJ8sYb1XvN6kLw2HdUfE7cGpA9iOoTzB4nKM' },
  Recovery: { email, ...back },
  OpenLink: { token: 'wwl_rQ0mZ3tqJ8sYb1XvN6kLw2HdUfE7cGpA9iOoTzB4nKM', codeVerifier },
  AttemptChallenge: { attempt },
  AttemptAnswer: { attempt, code: '264070' },
  AttemptRequest: { attempt },
  ExchangeCode: { code: 'vR2sYb1XvN6kLw2HdUfE7cGpA9iOoTzB4nKMrQ0mZ3t', codeVerifier },
  Refresh: { refreshToken: '5b0sYb1XvN6kLw2HdUfE7cGpA9iOoTzB4nKMrQ0mZ3t' },
  SignOut: { scope: 'this' },
  UpdateMe: { displayName: 'Ada Lovelace', metadata: { theme: 'dark' } },
  Elevate: { level: 'aal2' },
  SetPassword: { password: 'nine loud walruses', currentPassword: password },
  ChangeEmail: { email: 'ada.lovelace@example.test', ...back },
  ChangePhone: { phone },
  AddFactor: { type: 'totp', name: 'Phone' },
  RenameFactor: { name: 'Old phone' },
  LinkIdentity: { provider: 'google', redirectTo, codeChallenge, state: 'f3' },
  CreateAccessKey: { name: 'Backup script', scopes: ['me:read'], expiresAt: '2027-01-31T00:00:00.000Z' },
  CreateUser: { email, password, emailConfirmed: true, displayName: 'Ada', appMetadata: { plan: 'pro' } },
  ImportUsers: {
    users: [
      {
        email,
        emailConfirmed: true,
        passwordHash: '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
      },
    ],
    onConflict: 'skip',
    dryRun: true,
  },
  UpdateUser: { appMetadata: { plan: 'free' }, bannedUntil: '2027-01-31T00:00:00.000Z' },
  AttachIdentity: { provider: 'google', subject: '110169484474386276334', email },
  ActForUser: { reason: 'The customer asked why the invoice is missing.', minutes: 15 },
  MakeLink: { purpose: 'recovery', redirectTo },
  PutProvider: {
    enabled: true,
    clientId: '1234.apps.googleusercontent.com',
    clientSecret: 'from the console of the provider',
  },
  AddSsoProvider: {
    type: 'saml',
    metadataUrl: 'https://login.example.test/metadata.xml',
    domains: ['example.test'],
  },
  ChangeSsoProvider: { enabled: false },
  CreateOAuthClient: { ...application, authMethod: 'none', grants: ['authorization_code', 'refresh_token'] },
  UpdateOAuthClient: application,
  DecideOAuthRequest: { decision: 'approve', scopes: ['openid', 'email'] },
  MakeInvite: { email, displayName: 'Ada', redirectTo },
  RotateSigningKey: { alg: 'ES256' },
  ApiKeyRequest: { kind: 'secret', name: 'Billing', scopes: ['users:read'] },
  PreviewMessage: { template: 'sign_in', locale: 'de' },
  TestRedirect: { url: redirectTo },
}
