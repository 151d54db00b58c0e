import { resolve } from 'node:path'
import type { Settings } from '../core/settings/settings.ts'
import type { Complete } from './complete.ts'
import type { DatabaseChoice, Deployment } from './deployment.ts'
import { hookPlaces } from './hook-group.ts'
import { providerSettings } from './provider-group.ts'

/** The policy within a configuration. */
export function settingsOf(config: Complete): Settings {
  return {
    environment: config.environment,
    name: config.name,
    publicUrl: config.publicUrl,
    siteUrl: config.siteUrl,
    redirectUrls: config.redirectUrls,
    corsOrigins: config.corsOrigins,
    signUp: config.signUp,
    phone: config.phone,
    password: passwordPolicy(config.password),
    codes: config.codes,
    links: config.links,
    sessions: config.sessions,
    tokens: config.tokens,
    oauthServer: config.oauthServer,
    factors: config.factors,
    passkeys: config.passkeys,
    wallets: config.wallets,
    sso: config.sso,
    emailChange: config.emailChange,
    linking: config.linking,
    roles: config.roles,
    locales: config.locales,
    metadataBytes: config.metadataBytes,
    limits: config.limits,
    keys: config.keys,
    captcha: captchaPolicy(config.captcha),
    outbound: config.outbound,
    events: config.events,
    housekeeping: config.housekeeping,
  }
}

/** Everything else within it. @param cwd what relative folders are relative to. */
export function deploymentOf(config: Complete, secrets: Deployment['secrets'], cwd: string): Deployment {
  const { host, port, trustedProxies, workers, http, dialects, shutdownGraceSeconds, inbox, mail, metrics, hashing } =
    config
  const dataDir = resolve(cwd, config.dataDir)
  const isJson = config.log.format === 'json' || (config.log.format === 'auto' && config.environment === 'production')
  return {
    host,
    port,
    dataDir,
    database: databaseOf(config, dataDir),
    schema: config.database.schema,
    secrets,
    mail: {
      from: mail.from,
      ...(mail.smtpUrl === undefined ? {} : { smtpUrl: mail.smtpUrl }),
      ...(mail.smtpApi === undefined ? {} : { smtpApi: mail.smtpApi }),
      ...(mail.templatesFolder === undefined ? {} : { templatesFolder: resolve(cwd, mail.templatesFolder) }),
    },
    texts: textsOf(config),
    trustedProxies,
    workers,
    hashing,
    metrics: {
      ...(metrics.token === undefined ? {} : { token: metrics.token }),
      ...(metrics.port === undefined ? {} : { port: metrics.port }),
    },
    log: { level: config.log.level, format: isJson ? 'json' : 'pretty' },
    http,
    dialects,
    shutdownGraceSeconds,
    inbox,
    hooks: hookPlaces(config.hooks),
    providers: providerSettings(config.providers),
    ...captchaAccount(config),
    breached: breachedPlace(config, cwd),
  }
}

function captchaPolicy(captcha: Complete['captcha']): Settings['captcha'] {
  const { provider, siteKey, on, hostnames, compareAction, score, work, whenDown } = captcha
  return { provider, siteKey, on, hostnames, compareAction, score, work, whenDown }
}

function passwordPolicy({ breached, ...rest }: Complete['password']): Settings['password'] {
  const { enabled, whenDown, atSignIn } = breached
  return { ...rest, breached: { enabled, whenDown, atSignIn } }
}

function breachedPlace({ password }: Complete, cwd: string): Deployment['breached'] {
  const { file, url, timeout } = password.breached
  return {
    timeout,
    ...(file === undefined ? {} : { file: resolve(cwd, file) }),
    ...(url === undefined ? {} : { url }),
  }
}

function captchaAccount({ captcha }: Complete): Pick<Deployment, 'captcha'> {
  const { provider, secret, url, timeout } = captcha
  if (provider === '') return {}
  return { captcha: { secret: secret ?? '', timeout, ...(url === undefined ? {} : { url }) } }
}

function textsOf({ texts }: Complete): Deployment['texts'] {
  const { gateway, options, url, template } = texts
  return {
    ...(template === undefined ? {} : { template }),
    ...(gateway === undefined ? {} : { gateway: { id: gateway, options, ...(url === undefined ? {} : { url }) } }),
  }
}

function databaseOf({ database }: Complete, dataDir: string): DatabaseChoice {
  const { url, poolSize, statementTimeout, prepared } = database
  if (url === undefined) return { kind: 'embedded', folder: resolve(dataDir, 'database') }
  return { kind: 'postgres', url, poolSize, statementTimeout, prepared }
}
