import { textGateways } from '../core/notifications/senders/text-gateways.ts'
import { defaultSettings } from '../core/settings/defaults.ts'
import { groupName } from './text-gateway-group.ts'

/** What a fresh install does where the policy says nothing: addresses, limits of the wire, the log. */
const deploymentDefaults = {
  host: '127.0.0.1',
  port: 8787,
  dataDir: './.watchword',
  database: { schema: 'auth', poolSize: 10, statementTimeout: 5_000, prepared: true },
  secrets: {},
  mail: {},
  sms: Object.fromEntries(textGateways.map(({ id }) => [groupName(id), {}])),
  trustedProxies: [],
  workers: 1,
  hashing: { queue: 256 },
  log: { level: 'info', format: 'auto' },
  metrics: {},
  http: {
    bodyBytes: 1_048_576,
    headerMs: 10_000,
    requestMs: 30_000,
    keepAliveMs: 65_000,
    connectionsPerAddress: 1_000,
  },
  dialects: {
    native: { enabled: true, path: '/v1' },
    supabase: { enabled: true, path: '/auth/v1', root: false, requestHeaders: [], usersTable: true },
    altogic: {
      enabled: true,
      path: '/_api/rest/v1/auth',
      tellsTaken: true,
      trustsVerified: false,
      emails: true,
      smsCodes: true,
      captcha: true,
    },
    nhost: {
      enabled: true,
      path: '/nhost/v1',
      takenEmail: 'classic',
      concealErrors: false,
      autoSignUp: true,
      mailHeaders: true,
      gravatar: true,
      gravatarDefault: 'blank',
      gravatarRating: 'g',
      elevation: 'disabled',
      elevationBy: 'keys',
    },
  },
  shutdownGraceSeconds: 15,
} as const

/** All defaults in the shape of the configuration, without those that depend on other settings. */
export function defaults(): Readonly<Record<string, unknown>> {
  const {
    publicUrl: _publicUrl,
    siteUrl: _siteUrl,
    sessions,
    tokens,
    phone,
    captcha,
    sso,
    password,
    ...policy
  } = defaultSettings
  const { idle: _idle, ...otherSessions } = sessions
  const { issuer: _issuer, algorithm: _algorithm, ...otherTokens } = tokens
  const { testNumbers } = phone
  const { on, compareAction, score, work, whenDown } = captcha
  const { entityId: _entityId, callback: _callback, ...otherSso } = sso
  return {
    ...deploymentDefaults,
    ...policy,
    sessions: otherSessions,
    tokens: otherTokens,
    phone: { testNumbers },
    password: { ...password, breached: { ...password.breached, timeout: 2_000 } },
    captcha: { on, compareAction, score, work, whenDown, timeout: 5_000 },
    sso: otherSso,
  }
}
