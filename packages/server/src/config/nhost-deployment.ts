import { createPrivateKey } from 'node:crypto'
import { defaultSettings } from '../core/settings/defaults.ts'
import { readRecord, readToggle } from './kinds.ts'
import type { Given } from './layer.ts'

type Environment = Readonly<Record<string, string | undefined>>

const said = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

/**
 * What a deployment of Nhost's server has said in forms of its own: where people may be sent to, who sends its mails and
 * texts, where it is reached, whose ID tokens count and the key of its own.
 */
export function nhostDeployment(env: Environment): [string, Given][] {
  return [
    ...redirects(env),
    ...address(env),
    ...mailServer(env),
    ...textSender(env),
    ...audience(env),
    ...tokenKey(env),
    ...longSessions(env),
  ]
}

/** Each entry there allows what lies below it too, with any query; and the front end is one of them. */
function redirects(env: Environment): [string, Given][] {
  const name = 'AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS'
  const listed = said(env, name)
  if (listed === undefined) return []
  const entries = [said(env, 'AUTH_CLIENT_URL') ?? '', ...listed.split(',')].map((entry) => entry.trim())
  const value = entries.filter((entry) => entry !== '').flatMap(withWhatIsBelow)
  return [['redirectUrls', { value: [...new Set(value)], name }]]
}

function withWhatIsBelow(entry: string): readonly string[] {
  const base = entry.replace(/\/(\*{0,2})$/, '')
  const below = `${base}/**`
  const hasPath = /^[^:/]+:\/\/[^/]+\/./.test(base) || !/^https?:/i.test(base)
  return hasPath ? [base, `${base}\\?**`, below] : [below]
}

/** Where it is reached, for a dialect with a port of its own: that is served below this path, as the other server was. */
function address(env: Environment): [string, Given][] {
  const name = 'AUTH_SERVER_URL'
  const url = said(env, name)
  if (url === undefined || !/^https?:/i.test(url) || !URL.canParse(url)) return []
  const { origin, pathname } = new URL(url)
  return /^\/v1\/?$/.test(pathname) ? [['dialects.nhost.url', { value: origin, name }]] : []
}

function mailServer(env: Environment): [string, Given][] {
  const name = 'AUTH_SMTP_HOST'
  const host = said(env, name)
  const from = said(env, 'AUTH_SMTP_SENDER')
  // A word for an interface of its own, which is not spoken here.
  if (host === undefined || host === 'postmark') return []
  const isSecure = readToggle(said(env, 'AUTH_SMTP_SECURE') ?? '') === true
  const [user, pass] = [said(env, 'AUTH_SMTP_USER'), env['AUTH_SMTP_PASS'] ?? '']
  const account = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(pass)}@`
  const url = `${isSecure ? 'smtps' : 'smtp'}://${account}${host}:${said(env, 'AUTH_SMTP_PORT') ?? '587'}`
  return [
    ['mail.smtpUrl', { value: url, name }],
    ...(from === undefined ? [] : [['mail.from', { value: from, name: 'AUTH_SMTP_SENDER' }] as [string, Given]]),
  ]
}

/** Twilio where nobody is named. Texts that are written to a log or a folder there are caught here. */
function textSender(env: Environment): [string, Given][] {
  const name = 'AUTH_SMS_PROVIDER'
  const sender = said(env, name) ?? (said(env, 'AUTH_SMS_TWILIO_ACCOUNT_SID') === undefined ? undefined : 'twilio')
  return sender === 'twilio' || sender === 'modica' ? [['sms.provider', { value: sender, name }]] : []
}

/**
 * The apps whose ID tokens of Google count stand beside the one that the browser signs in with. They count there whether
 * or not the browser may; without a client id of its own it may not.
 */
function audience(env: Environment): [string, Given][] {
  const name = 'AUTH_PROVIDER_GOOGLE_AUDIENCE'
  const apps = said(env, name)
  const browser = said(env, 'AUTH_PROVIDER_GOOGLE_CLIENT_ID')
  if (apps === undefined) return appleAudience(env)
  const value = [browser ?? '', ...apps.split(',')].map((id) => id.trim()).filter((id) => id !== '')
  const isForApps = browser === undefined && said(env, 'AUTH_PROVIDER_GOOGLE_ENABLED') === undefined
  return [
    ['providers.google.clientId', { value: [...new Set(value)], name }],
    ['providers.google.idTokens', { value: 'true', name }],
    ...(isForApps ? ([['providers.google.enabled', { value: 'false', name }]] as [string, Given][]) : []),
    ...appleAudience(env),
  ]
}

function appleAudience(env: Environment): [string, Given][] {
  const name = 'AUTH_PROVIDER_APPLE_AUDIENCE'
  return said(env, name) === undefined ? [] : [['providers.apple.idTokens', { value: 'true', name }]]
}

/** Sessions there end for want of use alone: where they may rest longer than ours may live, ours live as long. */
function longSessions(env: Environment): [string, Given][] {
  const name = 'AUTH_REFRESH_TOKEN_EXPIRES_IN'
  const value = said(env, name)
  return Number(value) > defaultSettings.sessions.absolute ? [['sessions.absolute', { value, name }]] : []
}

/** The key that Hasura verifies with: what was signed before goes on, and Hasura needs no other. */
function tokenKey(env: Environment): [string, Given][] {
  const name = 'HASURA_GRAPHQL_JWT_SECRET'
  const text = said(env, name)
  if (text === undefined) return []
  const secret = readRecord(text)
  if (secret === undefined) return [['tokens.algorithm', { value: 'unreadable', name }]]
  const { type, key, signing_key: signing, kid, issuer, claims_namespace: namespace } = secret
  const given = (path: string, value: unknown): [string, Given][] =>
    typeof value === 'string' || Array.isArray(value) ? [[path, { value, name }]] : []
  // Without a key to sign with it is Hasura's own, which verifies.
  if (type !== 'HS256' && typeof signing !== 'string') return []
  return [
    ...given('tokens.algorithm', type),
    ...(type === 'HS256' ? given('secrets.jwtSecret', key) : given('secrets.jwtKeys', signers(signing, kid))),
    ...given('tokens.hasura.namespace', namespace),
    ...given('tokens.issuer', issuer === '' ? undefined : issuer),
  ]
}

/** The private key as JWKs, or as the text it is where it cannot be read: which is refused like other mistakes. */
function signers(pem: unknown, kid: unknown): unknown {
  try {
    const jwk = createPrivateKey(String(pem)).export({ format: 'jwk' })
    return [{ ...jwk, ...(typeof kid === 'string' ? { kid } : {}) }]
  } catch {
    return 'unreadable'
  }
}
