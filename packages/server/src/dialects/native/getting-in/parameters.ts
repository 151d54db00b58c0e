import type { Spec } from '../operation.ts'

type Parameters = NonNullable<Spec<undefined, undefined, undefined>['opensWith']>

const back: Parameters = [
  ['codeChallenge', 'S256 digest of a verifier (RFC 7636) that this browser keeps.', 'needed'],
  ['redirectTo', 'A listed address to come back to. Default: the site.'],
  ['state', 'Comes back as it was; at most 128 characters.'],
]

/** What `GET /sign-in/provider/:provider` is opened with. */
export const providerParameters: Parameters = [
  ...back,
  ['scopes', 'Allowed ones, separated by spaces or commas; others are left out.'],
  ['createUser', '`false` lets in nobody who has no account yet.'],
  ['loginHint', 'Whom the provider should offer to sign in.'],
  ['domainHint', 'Which organisation of the provider they belong to.'],
  ['prompt', 'What the provider should ask again, as `select_account`.'],
  ['offline', '`true` asks for a refresh token of the provider.'],
  ['organization', 'For providers that know organisations.'],
  ['connection', 'For providers that know connections.'],
  ['locale', 'The language of the provider’s pages.'],
  ['display', '`message` comes back to the window that opened this one, instead of to a page.'],
  ['link', 'Of an attempt to connect an account, in place of everything else.'],
]

/** What `GET /sign-in/sso` is opened with. */
export const ssoParameters: Parameters = [
  ['domain', 'Of the organisation; or `providerId`.'],
  ['providerId', 'As `GET /sso` says it.'],
  ...back,
]
