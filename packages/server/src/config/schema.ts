// Data: every setting there is: its kind, its bounds, its names and one line about it.
import { z } from 'zod'
import { day, minute } from '../base/duration.ts'
import { readAddressEntry } from '../core/identifiers/address-rules.ts'
import { set } from './about.ts'
import { captchaGroup } from './captcha-group.ts'
import { claims } from './claims-kind.ts'
import { hookGroups } from './hook-group.ts'
import * as kind from './kinds.ts'
import { providerGroups } from './provider-group.ts'
import { gatewayIds, textGatewayGroups } from './text-gateway-group.ts'

const year = 365 * day
const addressRule = 'must be domains such as example.com or *.example.com, addresses, or numbers such as +12025550100'
const isAddressEntry = (item: string) => readAddressEntry(item) !== undefined
const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** The shape of the configuration. Unknown names are mistakes. */
export const schema = z.strictObject({
  environment: set(
    kind.choice('development', 'production'),
    'Production refuses what only a developer may have: missing secrets, http origins, open redirects, the inbox.',
    {
      env: 'WATCHWORD_ENV',
      flag: 'environment',
      otherwise: '`production` where `NODE_ENV` says so, else `development`',
    },
  ),
  host: set(kind.line(255), 'Address to listen on.', { flag: 'host' }),
  port: set(kind.whole(0, 65_535), 'Port to listen on; 0 takes a free one.', { alsoEnv: ['PORT'], flag: 'port' }),
  publicUrl: set(kind.origin().optional(), 'Origin this server is reached at; links and tokens are made with it.', {
    flag: 'public-url',
    otherwise: '`http://localhost:<port>` in development, required in production',
  }),
  siteUrl: set(kind.url('http', 'https').optional(), 'Where people land when nothing better was asked for.', {
    flag: 'site-url',
    otherwise: 'the public origin',
  }),
  redirectUrls: set(kind.list(), 'Patterns of places people may be sent back to.', { flag: 'redirect-urls' }),
  corsOrigins: set(kind.origins(), 'Further origins that browsers may call from.'),
  name: set(kind.line(100), 'Name of the product, shown in mails and pages.'),
  dataDir: set(kind.line(1_000), 'Folder for the embedded database and the keys of development.', { flag: 'data-dir' }),
  database: z.strictObject({
    url: set(kind.url('postgres', 'postgresql').optional(), 'PostgreSQL to use instead of the embedded database.', {
      alsoEnv: ['DATABASE_URL'],
      flag: 'database-url',
      credentials: true,
      otherwise: 'the embedded database',
    }),
    schema: set(
      kind.matching(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a lower-case name of letters, digits and underscores'),
      'Schema that holds all tables.',
      { flag: 'schema' },
    ),
    poolSize: set(kind.whole(1, 1_000), 'Connections to PostgreSQL each process may hold.'),
    statementTimeout: set(kind.milliseconds(100, 600_000), 'Milliseconds one statement may take.'),
    prepared: set(kind.toggle(), 'Prepare statements by name; off behind a pooler in transaction mode.'),
  }),
  secrets: z.strictObject({
    encryptionKey: set(
      kind.line(10_000).optional(),
      'Key of stored secrets: 32 bytes as base64 or hex; several as `id:key,id2:key2`, newest first.',
      { env: 'WATCHWORD_ENCRYPTION_KEY', secret: true, otherwise: 'made on first run; required in production' },
    ),
    publishableKey: set(
      kind.matching(/^[!-~]{8,1000}$/, 'must be 8 to 1,000 visible characters').optional(),
      'Key that names the app; not a secret.',
      { env: 'WATCHWORD_PUBLISHABLE_KEY', otherwise: 'made on first run; required in production' },
    ),
    secretKey: set(kind.line(1_000).optional(), 'Key that opens the admin API.', {
      env: 'WATCHWORD_SECRET_KEY',
      secret: true,
      otherwise: 'made on first run; required in production',
    }),
    jwtSecret: set(kind.line(10_000).optional(), 'Secret that signs and verifies HS256 tokens.', {
      env: 'WATCHWORD_JWT_SECRET',
      secret: true,
      otherwise: 'none; made on first run when HS256 is chosen in development',
    }),
    jwtKeys: set(
      kind.jwks().optional(),
      'Private JWKs that sign (the first one, or the one whose `key_ops` has `sign`) and verify tokens.',
      { env: 'WATCHWORD_JWT_KEYS', secret: true, otherwise: 'kept in the database and rotated there' },
    ),
    samlKey: set(
      kind.line(10_000).optional(),
      'RSA key that SAML requests are signed with, as base64 of PKCS#1 or PKCS#8.',
      { env: 'WATCHWORD_SAML_KEY', secret: true, otherwise: 'made with the first request and kept in the database' },
    ),
  }),
  mail: z.strictObject({
    smtpUrl: set(kind.url('smtp', 'smtps').optional(), 'Mail server, as `smtps://user:password@host:465`.', {
      env: 'WATCHWORD_SMTP_URL',
      flag: 'smtp-url',
      credentials: true,
      otherwise: 'the inbox in development; no mail in production',
    }),
    from: set(
      kind.matching(/^[^\p{Cc}]{3,320}$/u, 'must be an address, or Name <address>').optional(),
      'Sender of all mail.',
      {
        env: 'WATCHWORD_MAIL_FROM',
        flag: 'mail-from',
        otherwise: '`<name> <no-reply@host of the public URL>`',
      },
    ),
    templatesFolder: set(kind.line(1_000).optional(), 'Folder with mail templates that replace the built-in ones.', {
      env: 'WATCHWORD_MAIL_TEMPLATES',
      otherwise: 'the built-in templates',
    }),
    smtpApi: set(
      kind.matching(/^[\x20-\x7e]{1,900}$/, 'must be one line of 1 to 900 printable ASCII characters').optional(),
      'What the header `X-SMTPAPI` says on every mail: JSON that SendGrid reads.',
      { env: 'WATCHWORD_MAIL_SMTP_API', otherwise: 'no such header' },
    ),
  }),
  sms: z.strictObject({
    provider: set(kind.choice(...gatewayIds).optional(), 'Who sends texts.', {
      otherwise: 'the inbox in development; no texts in production',
    }),
    url: set(kind.url('https', 'http').optional(), 'Another place of its interface, for a region of its own.', {
      otherwise: 'its public one',
    }),
    template: set(kind.line(500).optional(), 'Text of a code, such as `{{ code }} is your code.`.', {
      otherwise: 'the built-in one, in the language of the person',
    }),
    ...textGatewayGroups(),
  }),
  inbox: set(kind.toggle().optional(), 'Catch mail and SMS and show them at `/inbox`. Development only.', {
    otherwise: 'on in development',
  }),
  trustedProxies: set(
    kind.list('must be addresses or networks such as 10.0.0.0/8', kind.isNetwork),
    'Proxies whose `X-Forwarded-For` is believed.',
    { flag: 'trusted-proxies' },
  ),
  workers: set(kind.whole(1, 256), 'Processes that share the port. More than one needs PostgreSQL.', {
    flag: 'workers',
  }),
  hashing: z.strictObject({
    parallel: set(kind.whole(1, 64).optional(), 'Password hashes each process computes at once; each takes 19 MiB.', {
      otherwise: 'one for each core, shared among the workers',
    }),
    queue: set(kind.whole(1, 100_000), 'Password hashes that may wait in each process before it says it is busy.'),
  }),
  log: z.strictObject({
    level: set(kind.choice(...logLevels), 'Least important lines that are written.', { flag: 'log-level' }),
    format: set(kind.choice('auto', 'json', 'pretty'), 'Form of the log; `auto` is JSON in production.', {
      flag: 'log-format',
    }),
  }),
  metrics: z.strictObject({
    token: set(kind.line(1_000).optional(), 'Bearer token that opens `/metrics`.', { secret: true, otherwise: 'none' }),
    port: set(kind.whole(1, 65_535).optional(), 'Port of its own for `/metrics`, on this machine alone.', {
      flag: 'metrics-port',
      otherwise: 'none',
    }),
  }),
  http: z.strictObject({
    bodyBytes: set(kind.bytes(1_024, 10_485_760), 'Largest request body.'),
    headerMs: set(kind.milliseconds(1_000, 60_000), 'Milliseconds for the headers of a request to arrive.'),
    requestMs: set(kind.milliseconds(1_000, 300_000), 'Milliseconds for a whole request to arrive.'),
    keepAliveMs: set(kind.milliseconds(1_000, 600_000), 'Milliseconds an idle connection stays open.'),
    connectionsPerAddress: set(kind.whole(1, 100_000), 'Connections one address may hold; trusted proxies are exempt.'),
  }),
  dialects: z.strictObject({
    native: z.strictObject({
      enabled: set(kind.toggle(), 'Speak the native dialect.', { env: 'WATCHWORD_NATIVE_ENABLED' }),
      path: set(kind.mountPath(), 'Where the native dialect is mounted.', { env: 'WATCHWORD_NATIVE_PATH' }),
    }),
    supabase: z.strictObject({
      enabled: set(kind.toggle(), 'Speak the Supabase dialect.', { env: 'WATCHWORD_SUPABASE_ENABLED' }),
      path: set(kind.mountPath(), 'Where the Supabase dialect is mounted.', { env: 'WATCHWORD_SUPABASE_PATH' }),
      root: set(kind.toggle(), 'Serve it at the root as well, for clients that are given the bare origin.', {
        env: 'WATCHWORD_SUPABASE_ROOT',
      }),
      consentUrl: set(
        kind.url('http', 'https').optional(),
        'Page of yours that asks whether an application may act for somebody.',
        { env: 'WATCHWORD_SUPABASE_CONSENT_URL', otherwise: '`<siteUrl>/oauth/consent`' },
      ),
      requestHeaders: set(
        kind.list('must be a list of header names', (name) => /^[\w-]{1,64}$/.test(name)),
        'Headers that pages may send beside those of the clients: what an application gives its client to send.',
        { env: 'WATCHWORD_SUPABASE_REQUEST_HEADERS' },
      ),
      usersTable: set(
        kind.toggle(),
        'Take the names that `altan-auth` inserts into `/rest/v1/users` after a sign-up, where the path ends in `/auth/v1`.',
        { env: 'WATCHWORD_SUPABASE_USERS_TABLE' },
      ),
    }),
    altogic: z.strictObject({
      enabled: set(kind.toggle(), 'Speak the Altogic dialect.', { env: 'WATCHWORD_ALTOGIC_ENABLED' }),
      path: set(
        kind
          .mountPath()
          .refine((path) => path.endsWith('/_api/rest/v1/auth'), 'must end in /_api/rest/v1/auth, as clients have it'),
        'Where the Altogic dialect is mounted; clients append `/_api/rest/v1/auth` to what they are given.',
        { env: 'WATCHWORD_ALTOGIC_PATH' },
      ),
      redirectUrl: set(kind.line(2_048).optional(), 'Where Altogic’s mailed links lead in the end.', {
        env: 'WATCHWORD_ALTOGIC_REDIRECT_URL',
        otherwise: '`siteUrl`',
      }),
      tellsTaken: set(kind.toggle(), 'A sign-up with an address that somebody has is told so.', {
        env: 'WATCHWORD_ALTOGIC_TELLS_TAKEN',
      }),
      trustsVerified: set(
        kind.toggle(),
        'A sign-up may say of its own address that it is verified: whoever knows the client key can claim any address.',
        { env: 'WATCHWORD_ALTOGIC_TRUSTS_VERIFIED' },
      ),
      emails: set(kind.toggle(), 'E-mail addresses are a way in for Altogic’s clients; other dialects go on.', {
        env: 'WATCHWORD_ALTOGIC_EMAILS',
      }),
      smsCodes: set(kind.toggle(), 'Codes sent to phones sign in.', { env: 'WATCHWORD_ALTOGIC_SMS_CODES' }),
      captcha: set(
        kind.toggle(),
        'Ask for a captcha here too, in the header `watchword-captcha`; off lets programs in by this dialect.',
        { env: 'WATCHWORD_ALTOGIC_CAPTCHA' },
      ),
    }),
    nhost: z.strictObject({
      enabled: set(kind.toggle(), 'Speak the Nhost dialect.', { env: 'WATCHWORD_NHOST_ENABLED' }),
      path: set(kind.mountPath(), 'Where the Nhost dialect is mounted; clients need it to end in `/v1`.', {
        env: 'WATCHWORD_NHOST_PATH',
      }),
      port: set(
        kind.whole(1, 65_535).optional(),
        'Port of its own at which the Nhost dialect alone is served below `/v1`, for apps that fix that path.',
        { env: 'WATCHWORD_NHOST_PORT', otherwise: 'none' },
      ),
      url: set(kind.origin().optional(), 'Origin that port is reached at.', {
        env: 'WATCHWORD_NHOST_URL',
        otherwise: '`http://localhost:` and the port',
      }),
      takenEmail: set(
        kind.choice('classic', 'current'),
        'What a sign-up with a taken address is told: `classic` says `email-already-in-use`, `current` says `user-already-exists`.',
        { env: 'WATCHWORD_NHOST_TAKEN_EMAIL' },
      ),
      concealErrors: set(kind.toggle(), 'Say `invalid-request` in place of everything that tells about an account.', {
        env: 'WATCHWORD_NHOST_CONCEAL_ERRORS',
      }),
      autoSignUp: set(kind.toggle(), 'Signing in by link or code makes an account for a new address.', {
        env: 'WATCHWORD_NHOST_AUTO_SIGN_UP',
      }),
      loginUrl: set(
        kind.url('http', 'https').optional(),
        'Page of yours that asks whether an application may act for somebody.',
        { env: 'WATCHWORD_NHOST_LOGIN_URL', otherwise: '`<siteUrl>/oauth2/login`' },
      ),
      mailHeaders: set(
        kind.toggle(),
        'Its mails say in their headers what they are and carry: `X-Email-Template`, `X-Ticket`, `X-Link`, `X-Redirect-To`.',
        { env: 'WATCHWORD_NHOST_MAIL_HEADERS' },
      ),
      gravatar: set(kind.toggle(), 'Accounts without a picture are shown with their Gravatar.', {
        env: 'WATCHWORD_NHOST_GRAVATAR',
      }),
      gravatarDefault: set(
        kind.choice('blank', 'identicon', '404', 'mp', 'monsterid', 'wavatar', 'retro', 'robohash'),
        'What is shown of addresses that Gravatar has no picture for.',
        { env: 'WATCHWORD_NHOST_GRAVATAR_DEFAULT' },
      ),
      gravatarRating: set(kind.choice('g', 'pg', 'r', 'x'), 'Pictures of Gravatar are shown up to this rating.', {
        env: 'WATCHWORD_NHOST_GRAVATAR_RATING',
      }),
      elevation: set(
        kind.choice('disabled', 'recommended', 'required'),
        'Whether changes to an account need a token of `/elevate`: never, of whoever has a security key, or always.',
        { env: 'WATCHWORD_NHOST_ELEVATION' },
      ),
      elevationBy: set(
        kind.choice('keys', 'any'),
        'What makes somebody owe an elevation where it is `recommended`, and closes the exception for the first key: `keys` security keys alone, as clients 4.x expect; `any` every way of elevating that they have.',
        { env: 'WATCHWORD_NHOST_ELEVATION_BY' },
      ),
    }),
  }),
  shutdownGraceSeconds: set(kind.duration(0, 10 * minute), 'How long requests may finish after a stop was asked for.'),
  signUp: z.strictObject({
    enabled: set(kind.toggle(), 'Whether new people may sign up.', { env: 'WATCHWORD_SIGNUP_ENABLED' }),
    anonymous: set(kind.toggle(), 'Whether guests are let in.', { env: 'WATCHWORD_SIGNUP_ANONYMOUS' }),
    emailConfirmation: set(kind.toggle(), 'An e-mail address must be proved before its account is usable.', {
      env: 'WATCHWORD_EMAIL_CONFIRMATION',
    }),
    phoneConfirmation: set(kind.toggle(), 'A phone number must be proved before its account is usable.', {
      env: 'WATCHWORD_PHONE_CONFIRMATION',
    }),
    approval: set(
      kind.toggle(),
      'New accounts are made blocked, and get no message, until an administrator lets them in. Guests come and go.',
      { env: 'WATCHWORD_SIGNUP_APPROVAL' },
    ),
    allow: set(
      kind.list(addressRule, isAddressEntry),
      'Domains (`example.com`, `*.example.com`), addresses or phone numbers; when not empty, nobody else may sign up.',
      { env: 'WATCHWORD_SIGNUP_ALLOW' },
    ),
    block: set(
      kind.list(addressRule, isAddressEntry),
      'Domains, addresses or phone numbers that may not sign up. What names one address is stronger than its domain.',
      { env: 'WATCHWORD_SIGNUP_BLOCK' },
    ),
  }),
  phone: z.strictObject({
    enabled: set(kind.toggle().optional(), 'Whether a phone number is a way in.', {
      otherwise: 'on where texts can leave or are caught by the inbox',
    }),
    countries: set(
      kind.list('must be country codes such as DE, or *', (item) => /^([A-Z]{2}|\*)$/.test(item)).optional(),
      'Countries that texts go to (ISO 3166-1), or `*` for all of them.',
      { otherwise: 'all where the inbox catches texts; elsewhere none' },
    ),
    testNumbers: set(
      kind.testNumbers(),
      'Numbers that always get the same code and no text, as `+12025550100:123456`. Development only.',
    ),
  }),
  password: z.strictObject({
    min: set(
      kind.whole(6, 128),
      'Fewest characters of a password; below 8 is allowed for compatibility, with a warning.',
    ),
    max: set(kind.whole(64, 256), 'Most characters of a password.'),
    requiredCharacters: set(
      kind.characterSets(),
      'Sets of characters of which one each must occur; as text `abc:ABC:012`, with `\\:` for a colon.',
    ),
    requireCurrent: set(kind.toggle(), 'Changing a password always needs the current one.'),
    breached: z.strictObject({
      enabled: set(kind.toggle(), 'Refuse passwords that were leaked, by a list of them.'),
      file: set(kind.line(1_000).optional(), 'File of leaked passwords, made with `watchword passwords filter`.', {
        otherwise: 'the list is asked over the network',
      }),
      url: set(kind.url('https', 'http').optional(), 'Where the list is asked by the first five digits of a hash.', {
        otherwise: '`https://api.pwnedpasswords.com`',
      }),
      whenDown: set(kind.choice('refuse', 'allow'), 'What happens to new passwords while the list cannot be asked.'),
      atSignIn: set(kind.toggle(), 'Tell whoever signs in with a leaked password; it works all the same.'),
      timeout: set(kind.milliseconds(200, 30_000), 'Milliseconds the list has to answer.'),
    }),
  }),
  codes: z.strictObject({
    length: set(kind.whole(6, 10), 'Digits of a one-time code.'),
    seconds: set(kind.duration(1, day), 'Life of a mailed or texted code; above 10 min with a warning.'),
    tries: set(kind.whole(1, 10), 'Wrong tries one code survives.'),
  }),
  links: z.strictObject({
    signIn: set(kind.duration(1, day), 'Life of a sign-in link; above 60 min with a warning.'),
    recovery: set(kind.duration(1, day), 'Life of a recovery link.'),
    confirm: set(kind.duration(1, 3 * day), 'Life of a link that confirms or changes an address.'),
    invite: set(kind.duration(1, 30 * day), 'Life of an invitation.'),
    confirmation: set(
      kind.choice('dialect', 'click'),
      '`click`: every mailed link shows a page with one button; `dialect`: each dialect does as its clients expect.',
    ),
  }),
  sessions: z.strictObject({
    idle: set(kind.duration(minute, 10 * year).optional(), 'How long a session lives without being used.', {
      otherwise: '30 d, or `sessions.absolute` where that is shorter',
    }),
    absolute: set(kind.duration(minute, 10 * year), 'How long a session lives at most.'),
    grace: set(kind.duration(0, minute), 'How long the refresh token before the current one still answers.'),
    recent: set(kind.duration(1, day), 'How long a proof counts as recent for sensitive changes.'),
    singlePerUser: set(kind.toggle(), 'A new session ends the others of its user.'),
  }),
  tokens: z.strictObject({
    issuer: set(kind.name().optional(), 'The `iss` of access tokens: an address, or a name that verifiers know.', {
      otherwise: '`<publicUrl>/auth/v1`',
    }),
    audience: set(kind.line(255), 'The `aud` of access tokens.'),
    accessSeconds: set(kind.duration(1, day), 'Life of an access token.'),
    algorithm: set(kind.choice('ES256', 'RS256', 'HS256').optional(), 'How access tokens are signed.', {
      otherwise: 'that of the first of `secrets.jwtKeys`, else ES256',
    }),
    skew: set(kind.duration(0, 2 * minute), 'Clock difference to other machines that is tolerated.'),
    claims: set(
      claims(),
      'Claims added to access tokens: each a `value`, or a `path` into the user, with or without a `default`.',
    ),
    hasura: z.strictObject({
      enabled: set(kind.toggle(), 'Put the Hasura claims into access tokens.'),
      namespace: set(kind.line(255), 'Name the Hasura claims stand under.'),
      claims: set(claims(), 'Further Hasura claims, without the `x-hasura-`.'),
    }),
    keyLead: set(kind.duration(10 * minute, 30 * day), 'How long a new signing key is published before it signs.'),
  }),
  oauthServer: z.strictObject({
    enabled: set(kind.toggle(), 'Be a provider: applications let people sign in here and act for them.', {
      env: 'WATCHWORD_OAUTH_SERVER_ENABLED',
    }),
    registration: set(kind.toggle(), 'Applications may register themselves.', {
      env: 'WATCHWORD_OAUTH_SERVER_REGISTRATION',
    }),
    accessSeconds: set(kind.duration(1, day), 'Life of an access token that an application gets.'),
    requestSeconds: set(kind.duration(minute, 30 * minute), 'How long somebody may take to answer an application.'),
    codeSeconds: set(kind.duration(10, 10 * minute), 'Life of a code that an application exchanges.'),
    scopes: set(
      kind.list('must be words such as read:orders', (item) => /^[!#-[\]-~]{1,64}$/.test(item)),
      'Scopes besides the standard ones that applications may be given.',
    ),
  }),
  factors: z.strictObject({
    totp: set(kind.toggle(), 'Authenticator apps may be set up as a second factor.'),
    phone: set(kind.toggle(), 'Phone numbers may be set up as a second factor.'),
    recoveryCodes: set(kind.toggle(), 'Recovery codes may be made beside a second factor.'),
    max: set(kind.whole(1, 100), 'Most second factors of one person.'),
    issuer: set(kind.line(64).optional(), 'What authenticator apps file it under.', { otherwise: '`name`' }),
  }),
  passkeys: z.strictObject({
    enabled: set(kind.toggle(), 'Passkeys may be made, and sign in.', { env: 'WATCHWORD_PASSKEYS_ENABLED' }),
    rpId: set(
      kind.line(253).optional(),
      'Domain that passkeys are made for. Changing it makes those that exist useless.',
      {
        env: 'WATCHWORD_PASSKEYS_RP_ID',
        otherwise: 'the host of `siteUrl`',
      },
    ),
    rpName: set(kind.line(64).optional(), 'What browsers call it.', {
      env: 'WATCHWORD_PASSKEYS_RP_NAME',
      otherwise: '`name`',
    }),
    origins: set(
      kind.list(),
      'Origins of the pages on which passkeys are made and used; all of them at or below the domain.',
      {
        env: 'WATCHWORD_PASSKEYS_ORIGINS',
        otherwise: 'that of `siteUrl`',
      },
    ),
    withoutAddress: set(
      kind.toggle(),
      'Somebody may sign up with a passkey and no address. Whoever loses such a passkey loses the account.',
    ),
  }),
  wallets: z.strictObject({
    ethereum: set(kind.toggle(), 'Ethereum wallets sign in (EIP-4361).', { env: 'WATCHWORD_WALLETS_ETHEREUM' }),
    solana: set(kind.toggle(), 'Solana wallets sign in.', { env: 'WATCHWORD_WALLETS_SOLANA' }),
    seconds: set(
      kind.duration(minute, 60 * minute),
      'How long ago, or ahead, a message that an app wrote for a wallet may have been made.',
      { env: 'WATCHWORD_WALLETS_SECONDS' },
    ),
  }),
  sso: z.strictObject({
    enabled: set(kind.toggle(), 'Organisations may sign in through their own identity provider (SAML 2.0).', {
      env: 'WATCHWORD_SSO_ENABLED',
    }),
    entityId: set(kind.line(1_024).optional(), 'What identity providers know this server by.', {
      otherwise: 'the address of its SAML metadata',
    }),
    skew: set(kind.duration(0, 180), 'How far their clocks may differ.'),
    encryptedAssertions: set(kind.toggle(), 'Accept encrypted assertions, in responses that are signed.'),
  }),
  emailChange: z.strictObject({
    bothAgree: set(kind.toggle(), 'Old and new address must both agree to a change.'),
  }),
  linking: z.strictObject({
    manual: set(kind.toggle(), 'People may connect accounts elsewhere with their own, and take them off again.', {
      env: 'WATCHWORD_LINKING_MANUAL',
    }),
  }),
  roles: z.strictObject({
    database: set(kind.line(63), 'The `role` claim, for row-level security.'),
    default: set(kind.line(255), 'Role of a new user.'),
    allowed: set(kind.list(), 'Roles of a new user.'),
    selectable: set(kind.list(), 'Roles a person may choose at sign-up.'),
  }),
  locales: z.strictObject({
    default: set(kind.line(35), 'Language of mails and pages where nothing else is known.'),
    available: set(kind.list(), 'Languages there are.'),
  }),
  metadataBytes: set(kind.bytes(1_024, 262_144), 'Most bytes of a user’s metadata, as JSON.'),
  limits: z.strictObject({
    enabled: set(kind.toggle(), 'Count requests and refuse too many. Always on in production.', {
      env: 'WATCHWORD_RATE_LIMITS',
    }),
    public: set(kind.rate(), 'Requests to public routes, per network.'),
    start: set(kind.rate(), 'Beginnings of sign-ins that go on elsewhere, per network.'),
    signUp: set(kind.rate(), 'Sign-ups, per network.'),
    anonymous: set(kind.rate(), 'Guests, per network.'),
    signInAccountNetwork: set(kind.rate(), 'Wrong passwords, per account and network.'),
    signInNetwork: set(kind.rate(), 'Wrong passwords, per network.'),
    signInAccount: set(kind.rate(100), 'Wrong passwords, per account.'),
    codesAccount: set(kind.rate(30), 'Wrong codes, per account.'),
    send: set(kind.rates(), 'Mails and texts of one kind, per recipient; all of the rates hold.'),
    sendNetwork: set(kind.rate(), 'Mails and texts, per network.'),
    textBlock: set(kind.rate(), 'Texts to numbers that differ in their last three digits alone.'),
    textNetwork: set(kind.rate(), 'Texts, per network.'),
    textBudget: set(kind.rate(), 'All texts together. When it is spent, none leaves and the log says so.'),
    answerNetwork: set(kind.rate(), 'Answers to codes and challenges, per network.'),
    tokenNetwork: set(kind.rate(), 'Refreshes, per network.'),
    oauth: set(kind.rate(), 'Requests of applications that people sign in to, per network.'),
    oauthRegister: set(kind.rate(), 'Applications that register themselves, per network.'),
    me: set(kind.rate(), 'Requests about oneself, per user.'),
    change: set(kind.rate(), 'Changes of the own account, per user.'),
    addressChange: set(kind.rate(), 'Changes of the own address, per user.'),
    admin: set(kind.rate(), 'Admin requests, per key or administrator.'),
  }),
  keys: z.strictObject({
    required: set(kind.toggle(), 'Requests must bring the publishable key.'),
  }),
  captcha: captchaGroup(),
  outbound: z.strictObject({
    allow: set(
      kind.list(),
      'Hosts, addresses and networks that this server may ask although they are private, over plain http as well.',
    ),
  }),
  hooks: hookGroups(),
  providers: providerGroups(),
  events: z.strictObject({
    keep: set(kind.duration(minute, 30 * day), 'How long events are kept for live streams that resume.'),
    streams: set(kind.whole(1, 1_000), 'Live streams one user may have open in one process.'),
  }),
  housekeeping: z.strictObject({
    anonymousDays: set(kind.whole(0, 3_650), 'Days after which a guest who never came back is removed; 0 keeps them.'),
  }),
})

/** The configuration after the schema: checked, defaults filled in save those that depend on others. */
export type Parsed = z.output<typeof schema>

type Whole = readonly unknown[] | ((...input: never[]) => unknown)
type Partly<T> = T extends Whole ? T : T extends object ? { readonly [K in keyof T]?: Partly<T[K]> } : T

/** What a configuration file may say. */
export type ConfigInput = Partly<z.input<typeof schema>>
