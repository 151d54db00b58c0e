import { hookNames } from '../core/hooks/hook.ts'
import { readToggle } from './kinds.ts'
import type { Given } from './layer.ts'
import { nhostClaims } from './nhost-claims.ts'
import { nhostDeployment } from './nhost-deployment.ts'
import { type Equivalent, providerVariables, unsaidProviders } from './upstream-providers.ts'

type Reader = Equivalent[1]

const same: Reader = (value) => value
/** What is no word for on or off stays as it is, and is refused by its name. */
const opposite: Reader = (value) => {
  const isOn = readToggle(value)
  return isOn === undefined ? value : String(!isOn)
}

/** Variables of the Supabase auth server, and of Nhost's, that say exactly what one of our settings says. */
const equivalents: Readonly<Record<string, Equivalent>> = {
  GOTRUE_SITE_URL: ['siteUrl', same],
  GOTRUE_URI_ALLOW_LIST: ['redirectUrls', same],
  GOTRUE_CORS_ALLOWED_HEADERS: ['dialects.supabase.requestHeaders', same],
  GOTRUE_DISABLE_SIGNUP: ['signUp.enabled', opposite],
  GOTRUE_MAILER_AUTOCONFIRM: ['signUp.emailConfirmation', opposite],
  GOTRUE_SMS_AUTOCONFIRM: ['signUp.phoneConfirmation', opposite],
  GOTRUE_EXTERNAL_PHONE_ENABLED: ['phone.enabled', same],
  GOTRUE_SMS_TEST_OTP: ['phone.testNumbers', same],
  GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED: ['signUp.anonymous', same],
  GOTRUE_EXTERNAL_WEB3_ETHEREUM_ENABLED: ['wallets.ethereum', same],
  GOTRUE_EXTERNAL_WEB3_SOLANA_ENABLED: ['wallets.solana', same],
  GOTRUE_JWT_SECRET: ['secrets.jwtSecret', same],
  GOTRUE_JWT_KEYS: ['secrets.jwtKeys', same],
  GOTRUE_JWT_EXP: ['tokens.accessSeconds', same],
  GOTRUE_JWT_AUD: ['tokens.audience', same],
  GOTRUE_JWT_DEFAULT_GROUP_NAME: ['roles.database', same],
  GOTRUE_JWT_ISSUER: ['tokens.issuer', same],
  GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL: ['sessions.grace', same],
  GOTRUE_SESSIONS_TIMEBOX: ['sessions.absolute', same],
  GOTRUE_SESSIONS_INACTIVITY_TIMEOUT: ['sessions.idle', same],
  GOTRUE_SESSIONS_SINGLE_PER_USER: ['sessions.singlePerUser', same],
  GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED: ['emailChange.bothAgree', same],
  GOTRUE_SECURITY_MANUAL_LINKING_ENABLED: ['linking.manual', same],
  GOTRUE_MAILER_OTP_LENGTH: ['codes.length', same],
  GOTRUE_SECURITY_CAPTCHA_ENABLED: ['captcha.enabled', same],
  GOTRUE_SECURITY_CAPTCHA_PROVIDER: ['captcha.provider', same],
  GOTRUE_SECURITY_CAPTCHA_SECRET: ['captcha.secret', same],
  GOTRUE_SECURITY_CAPTCHA_TIMEOUT: ['captcha.timeout', same],
  GOTRUE_PASSWORD_REQUIRED_CHARACTERS: ['password.requiredCharacters', same],
  GOTRUE_PASSWORD_HIBP_ENABLED: ['password.breached.enabled', same],
  GOTRUE_PASSWORD_HIBP_FAIL_CLOSED: [
    'password.breached.whenDown',
    (value) => (opposite(value) === 'true' ? 'allow' : 'refuse'),
  ],
  GOTRUE_OAUTH_SERVER_ENABLED: ['oauthServer.enabled', same],
  GOTRUE_OAUTH_SERVER_ALLOW_DYNAMIC_REGISTRATION: ['oauthServer.registration', same],
  GOTRUE_OAUTH_SERVER_AUTHORIZATION_TTL: ['oauthServer.requestSeconds', same],
  GOTRUE_PASSKEY_ENABLED: ['passkeys.enabled', same],
  GOTRUE_WEBAUTHN_RP_ID: ['passkeys.rpId', same],
  GOTRUE_WEBAUTHN_RP_DISPLAY_NAME: ['passkeys.rpName', same],
  GOTRUE_WEBAUTHN_RP_ORIGINS: ['passkeys.origins', same],
  GOTRUE_SAML_ENABLED: ['sso.enabled', same],
  GOTRUE_SAML_PRIVATE_KEY: ['secrets.samlKey', same],
  GOTRUE_SAML_ALLOW_ENCRYPTED_ASSERTIONS: ['sso.encryptedAssertions', same],
  GOTRUE_PASSWORD_MIN_LENGTH: ['password.min', same],
  GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD: ['password.requireCurrent', same],
}

/** What Nhost's server calls what every dialect asks about, and what its own does. */
const nhostEquivalents: typeof equivalents = {
  AUTH_CLIENT_URL: ['siteUrl', same],
  AUTH_DISABLE_SIGNUP: ['signUp.enabled', opposite],
  AUTH_DISABLE_NEW_USERS: ['signUp.approval', same],
  AUTH_ANONYMOUS_USERS_ENABLED: ['signUp.anonymous', same],
  AUTH_EMAIL_SIGNIN_EMAIL_VERIFIED_REQUIRED: ['signUp.emailConfirmation', same],
  AUTH_SMS_PASSWORDLESS_ENABLED: ['phone.enabled', same],
  AUTH_PASSWORD_HIBP_ENABLED: ['password.breached.enabled', same],
  AUTH_ACCESS_TOKEN_EXPIRES_IN: ['tokens.accessSeconds', same],
  AUTH_REFRESH_TOKEN_EXPIRES_IN: ['sessions.idle', same],
  AUTH_USER_DEFAULT_ROLE: ['roles.default', same],
  AUTH_LOCALE_DEFAULT: ['locales.default', same],
  AUTH_MFA_ENABLED: ['factors.totp', same],
  AUTH_MFA_TOTP_ISSUER: ['factors.issuer', same],
  AUTH_WEBAUTHN_ENABLED: ['passkeys.enabled', same],
  AUTH_WEBAUTHN_RP_ID: ['passkeys.rpId', same],
  AUTH_WEBAUTHN_RP_NAME: ['passkeys.rpName', same],
  AUTH_WEBAUTHN_RP_ORIGINS: ['passkeys.origins', same],
  AUTH_PASSWORD_MIN_LENGTH: ['password.min', (value) => (/^\s*[0-5]\s*$/.test(value) ? '6' : value)],
  AUTH_ENCRYPTION_KEY: ['secrets.encryptionKey', same],
  AUTH_EMAIL_TEMPLATES_PATH: ['mail.templatesFolder', same],
  AUTH_SMTP_X_SMTPAPI_HEADER: ['mail.smtpApi', same],
  AUTH_CONCEAL_ERRORS: ['dialects.nhost.concealErrors', same],
  AUTH_DISABLE_AUTO_SIGNUP: ['dialects.nhost.autoSignUp', opposite],
  AUTH_GRAVATAR_ENABLED: ['dialects.nhost.gravatar', same],
  AUTH_GRAVATAR_DEFAULT: ['dialects.nhost.gravatarDefault', same],
  AUTH_GRAVATAR_RATING: ['dialects.nhost.gravatarRating', same],
  AUTH_REQUIRE_ELEVATED_CLAIM: ['dialects.nhost.elevation', same],
  AUTH_OAUTH2_PROVIDER_ENABLED: ['oauthServer.enabled', same],
  AUTH_OAUTH2_PROVIDER_LOGIN_URL: ['dialects.nhost.loginUrl', same],
  AUTH_OAUTH2_PROVIDER_ACCESS_TOKEN_TTL: ['oauthServer.accessSeconds', same],
}

/** What it, and Nhost's server, call the settings of those who send texts. */
const textEquivalents: typeof equivalents = {
  GOTRUE_SMS_PROVIDER: ['sms.provider', same],
  GOTRUE_SMS_TEMPLATE: ['sms.template', same],
  GOTRUE_SMS_TWILIO_ACCOUNT_SID: ['sms.twilio.accountSid', same],
  GOTRUE_SMS_TWILIO_AUTH_TOKEN: ['sms.twilio.authToken', same],
  GOTRUE_SMS_TWILIO_MESSAGE_SERVICE_SID: ['sms.twilio.sender', same],
  GOTRUE_SMS_TWILIO_CONTENT_SID: ['sms.twilio.contentSid', same],
  GOTRUE_SMS_TWILIO_VERIFY_ACCOUNT_SID: ['sms.twilioVerify.accountSid', same],
  GOTRUE_SMS_TWILIO_VERIFY_AUTH_TOKEN: ['sms.twilioVerify.authToken', same],
  GOTRUE_SMS_TWILIO_VERIFY_MESSAGE_SERVICE_SID: ['sms.twilioVerify.serviceSid', same],
  GOTRUE_SMS_MESSAGEBIRD_ACCESS_KEY: ['sms.messagebird.accessKey', same],
  GOTRUE_SMS_MESSAGEBIRD_ORIGINATOR: ['sms.messagebird.originator', same],
  GOTRUE_SMS_VONAGE_API_KEY: ['sms.vonage.apiKey', same],
  GOTRUE_SMS_VONAGE_API_SECRET: ['sms.vonage.apiSecret', same],
  GOTRUE_SMS_VONAGE_FROM: ['sms.vonage.from', same],
  GOTRUE_SMS_TEXTLOCAL_API_KEY: ['sms.textlocal.apiKey', same],
  GOTRUE_SMS_TEXTLOCAL_SENDER: ['sms.textlocal.sender', same],
  AUTH_SMS_TWILIO_ACCOUNT_SID: ['sms.twilio.accountSid', same],
  AUTH_SMS_TWILIO_AUTH_TOKEN: ['sms.twilio.authToken', same],
  AUTH_SMS_TWILIO_MESSAGING_SERVICE_ID: ['sms.twilio.sender', same],
  AUTH_SMS_TEST_PHONE_NUMBERS: ['phone.testNumbers', same],
  AUTH_SMS_MODICA_USERNAME: ['sms.modica.username', same],
  AUTH_SMS_MODICA_PASSWORD: ['sms.modica.password', same],
}

/** Nhost keeps addresses and domains in lists of their own. */
const nhostLists: readonly (readonly [path: string, names: readonly string[]])[] = [
  ['signUp.allow', ['AUTH_ACCESS_CONTROL_ALLOWED_EMAILS', 'AUTH_ACCESS_CONTROL_ALLOWED_EMAIL_DOMAINS']],
  ['signUp.block', ['AUTH_ACCESS_CONTROL_BLOCKED_EMAILS', 'AUTH_ACCESS_CONTROL_BLOCKED_EMAIL_DOMAINS']],
]

type Environment = Readonly<Record<string, string | undefined>>

/** What Nhost lists, by name, with what stands in for it and what always belongs to it. */
interface Completed {
  readonly path: string
  readonly name: string
  readonly otherwise?: string
  readonly standard: readonly [name: string, otherwise: string]
}

/** Nhost always adds the default role to those it lists; its default language it speaks whatever is listed. */
const completed: readonly Completed[] = [
  {
    path: 'roles.allowed',
    name: 'AUTH_USER_DEFAULT_ALLOWED_ROLES',
    otherwise: 'me',
    standard: ['AUTH_USER_DEFAULT_ROLE', 'user'],
  },
  { path: 'locales.available', name: 'AUTH_LOCALE_ALLOWED_LOCALES', standard: ['AUTH_LOCALE_DEFAULT', 'en'] },
]

function nhostCompleted(env: Environment): [string, Given][] {
  return completed.flatMap(({ path, name, otherwise, standard: [standardName, standard] }): [string, Given][] => {
    const said = env[standardName]?.trim() || undefined
    const listed = env[name]?.trim() || (said === undefined ? undefined : otherwise)
    if (listed === undefined) return []
    const all = [...listed.split(','), said ?? standard].map((one) => one.trim()).filter((one) => one !== '')
    return [[path, { value: [...new Set(all)].join(','), name }]]
  })
}

/** One variable of Nhost's switches its captcha on, for what Nhost asks it for. */
const nhostCaptcha: readonly (readonly [path: string, read: Reader])[] = [
  ['captcha.secret', same],
  ['captcha.provider', () => 'turnstile'],
  ['captcha.on', () => 'sign_up,send'],
]

/** What the Supabase auth server calls the settings of a hook: `GOTRUE_HOOK_SEND_EMAIL_URI`. */
const ofHook: Readonly<Record<string, string>> = { ENABLED: 'enabled', URI: 'uri', SECRETS: 'secrets' }

const hookVariables = (): [string, readonly [path: string, read: Reader]][] =>
  Object.keys(hookNames).flatMap((hook) => {
    const word = hook.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
    return Object.entries(ofHook).map(([name, setting]): [string, readonly [string, Reader]] => [
      `GOTRUE_HOOK_${word}_${name}`,
      [`hooks.${hook}.${setting}`, same],
    ])
  })

/**
 * What an existing deployment of the Supabase auth server has set already. Weaker than `WATCHWORD_*`; variables without
 * an exact equivalent are left alone.
 */
export function upstreamLayer(env: Readonly<Record<string, string | undefined>>): [string, Given][] {
  const given = (name: string, path: string, read: Reader): [string, Given][] => {
    const value = env[name]
    return value === undefined || value.trim() === '' ? [] : [[path, { value: read(value), name }]]
  }
  return [
    ...unsaidProviders(env),
    ...[
      ...Object.entries({ ...equivalents, ...nhostEquivalents, ...textEquivalents }),
      ...providerVariables(),
      ...hookVariables(),
    ].flatMap(([name, [path, read]]) => given(name, path, read)),
    ...nhostLists.flatMap(([path, names]) => {
      const lists = names.flatMap((name) => env[name]?.trim() || [])
      const [name = ''] = names
      return lists.length === 0 ? [] : ([[path, { value: lists.join(','), name }]] as [string, Given][])
    }),
    ...nhostCompleted(env),
    ...nhostClaims(env),
    ...nhostDeployment(env),
    ...nhostCaptcha.flatMap(([path, read]) => given('AUTH_TURNSTILE_SECRET', path, read)),
  ]
}
