import { readTarget } from '../core/identifiers/redirect-target.ts'
import { parseMailbox, parseSmtpUrl } from '../core/notifications/senders/smtp-url.ts'
import { textGateway } from '../core/notifications/senders/text-gateways.ts'
import { readRsaKey } from '../core/sso/service-key.ts'
import { captchaFindings } from './captcha-group.ts'
import { claimFindings } from './claims-kind.ts'
import type { Complete } from './complete.ts'
import { databaseFindings } from './database-rules.ts'
import { type Finding, mistake, warning, when } from './finding.ts'
import { hookFindings, hookPlaces } from './hook-group.ts'
import { jwtKeysProblem, signingAlgorithm } from './jwt-keys.ts'
import { plainFindings } from './plain-rules.ts'
import { providerFindings } from './provider-rules.ts'
import { isLoopback, redirectFindings } from './redirect-rules.ts'
import { textGatewayFindings } from './text-gateway-group.ts'
import { weakness } from './weak-secret.ts'

const reserved = ['/health', '/ready', '/metrics', '/.well-known', '/console', '/inbox', '/pretend', '/oauth']

/** What speaks against a configuration whose values are each right: contradictions, looseness, weak secrets. */
export function findings(config: Complete): readonly Finding[] {
  return [
    ...contradictions(config),
    ...mounts(config),
    ...altogicFindings(config),
    ...mailFindings(config),
    ...textFindings(config),
    ...providerFindings(config),
    ...captchaFindings(config),
    ...hookFindings(config.hooks, config.outbound.allow),
    ...passkeyFindings(config),
    ...looseValues(config),
    ...claimFindings(config.tokens.hasura.claims),
    ...secretFindings(config),
    ...(config.environment === 'production' ? inProduction(config) : inDevelopment(config)),
  ]
}

function contradictions(config: Complete): readonly Finding[] {
  const { workers, database, password, sessions, roles, locales, metrics, port, dialects } = config
  return [
    ...when(
      workers > 1 && database.url === undefined,
      mistake('workers', 'needs PostgreSQL: the embedded database serves one process. Set WATCHWORD_DATABASE_URL.'),
    ),
    ...when(password.min > password.max, mistake('password.min', 'must not be above password.max.')),
    ...when(sessions.idle > sessions.absolute, mistake('sessions.idle', 'must not be above sessions.absolute.')),
    ...when(!roles.allowed.includes(roles.default), mistake('roles.default', 'must be one of roles.allowed.')),
    ...when(
      !locales.available.includes(locales.default),
      mistake('locales.default', 'must be one of locales.available.'),
    ),
    ...when(
      dialects.nhost.port !== undefined && [port, metrics.port].includes(dialects.nhost.port),
      mistake('dialects.nhost.port', 'must differ from the other ports.'),
    ),
    ...when(metrics.port === port && port !== 0, mistake('metrics.port', 'must differ from the port of the server.')),
  ]
}

/** Browsers refuse a ceremony whose domain is not that of its page or above it, so a server that is set so does not start (S97). */
function passkeyFindings({ passkeys, siteUrl }: Complete): readonly Finding[] {
  if (!passkeys.enabled || (passkeys.rpId === undefined && passkeys.origins.length === 0)) return []
  const rpId = passkeys.rpId ?? new URL(siteUrl).hostname
  const isDomain = rpId === 'localhost' || /^(?!\d+(\.\d+){3}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(rpId)
  const isBelow = (origin: string) => {
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    const isSecure = url?.protocol === 'https:' || url?.hostname === 'localhost'
    return url?.origin === origin && isSecure && (url.hostname === rpId || url.hostname.endsWith(`.${rpId}`))
  }
  return [
    ...when(!isDomain, mistake('passkeys.rpId', 'must be a domain of your own, such as example.com.')),
    ...when(
      !passkeys.origins.every(isBelow),
      mistake('passkeys.origins', 'must be https origins at or below passkeys.rpId, without a path.'),
    ),
  ]
}

function mailFindings({ mail }: Complete): readonly Finding[] {
  const reads = (read: (text: string) => unknown, text: string | undefined) => {
    try {
      return text === undefined || read(text) !== undefined
    } catch {
      return false
    }
  }
  return [
    ...when(
      !reads(parseSmtpUrl, mail.smtpUrl),
      mistake('mail.smtpUrl', 'must look like smtps://user:password@host:465.'),
    ),
    ...when(!reads(parseMailbox, mail.from), mistake('mail.from', 'must look like name@host or Name <name@host>.')),
  ]
}

function textFindings({ texts, phone, environment }: Complete): readonly Finding[] {
  const { gateway, options, url } = texts
  return [
    ...(gateway === undefined ? [] : textGatewayFindings(textGateway(gateway), options)),
    ...when(
      url?.startsWith('http:') === true && environment === 'production',
      mistake('sms.url', 'must use https in production.'),
    ),
    ...when(
      phone.enabled && phone.channels.length === 0,
      mistake('phone.enabled', 'is on, but no text can leave: set sms.provider.'),
    ),
    ...when(
      phone.enabled && phone.channels.length > 0 && phone.countries.length === 0,
      warning('phone.countries', 'is empty: no text leaves until countries are chosen.'),
    ),
    ...when(
      phone.enabled && gateway !== undefined && phone.countries.includes('*'),
      warning('phone.countries', 'is *: strangers can make this server text the costliest numbers of the world.'),
    ),
  ]
}

function mounts({ dialects }: Complete): readonly Finding[] {
  const open = Object.entries(dialects).filter(([, { enabled }]) => enabled)
  const within = (a: string, b: string) => a === b || a.startsWith(`${b}/`)
  return [
    ...when(open.length === 0, mistake('dialects', 'are all switched off.')),
    ...open.flatMap(([name, { path }]) => [
      ...when(
        reserved.some((taken) => within(path, taken)),
        mistake(`dialects.${name}.path`, 'is a path this server needs for itself.'),
      ),
      ...open
        .filter(([other, mount]) => other !== name && within(path, mount.path))
        .map(([other]) => mistake(`dialects.${name}.path`, `lies inside that of ${other}.`)),
    ]),
  ]
}

/** Sessions are picked up with what is put behind this place: it must be one, and mean the same to everybody. */
function altogicFindings({ dialects: { altogic } }: Complete): readonly Finding[] {
  const { enabled, redirectUrl } = altogic
  return when(
    enabled && redirectUrl !== undefined && typeof readTarget(redirectUrl) === 'string',
    mistake('dialects.altogic.redirectUrl', 'must be an address of one clear meaning: https://… or one of an app.'),
  )
}

/** Values that the peers' clients may need and that are looser than our own rules. */
function looseValues({ password, codes, links, limits }: Complete): readonly Finding[] {
  return [
    ...when(password.min < 8, warning('password.min', 'is below 8; short passwords are guessed soon.')),
    ...when(codes.seconds > 600, warning('codes.seconds', 'is above 10 min; a code should not live longer.')),
    ...when(links.signIn > 3_600, warning('links.signIn', 'is above 60 min; a sign-in link should not live longer.')),
    ...when(!limits.enabled, warning('limits.enabled', 'is off: nothing stops guessing. Never so in production.')),
  ]
}

function secretFindings({ secrets, metrics, tokens }: Complete): readonly Finding[] {
  const { jwtKeys = [] } = secrets
  const keyProblem = jwtKeysProblem(jwtKeys)
  const algorithm = signingAlgorithm(jwtKeys)
  return [
    ...weak('secrets.secretKey', secrets.secretKey),
    ...weak('secrets.jwtSecret', secrets.jwtSecret),
    ...weak('metrics.token', metrics.token),
    ...when(
      secrets.secretKey !== undefined && secrets.secretKey === secrets.publishableKey,
      mistake('secrets.publishableKey', 'must differ from the secret key.'),
    ),
    ...(keyProblem === undefined ? [] : [mistake('secrets.jwtKeys', keyProblem)]),
    ...when(
      secrets.samlKey !== undefined && readRsaKey(secrets.samlKey) === undefined,
      mistake('secrets.samlKey', 'must be an RSA key of at least 2048 bits, as base64 of PKCS#1 or PKCS#8.'),
    ),
    ...when(
      keyProblem === undefined && algorithm !== undefined && algorithm !== tokens.algorithm,
      mistake(
        'tokens.algorithm',
        `is ${tokens.algorithm}, but the signing key of secrets.jwtKeys is for ${algorithm}.`,
      ),
    ),
  ]
}

function weak(path: string, value: string | undefined): readonly Finding[] {
  const problem = value === undefined ? undefined : weakness(value)
  return problem === undefined ? [] : [mistake(path, problem)]
}

function inProduction(config: Complete): readonly Finding[] {
  const { database, limits, mail, hooks, tokens, secrets } = config
  const isOpen = (network: string) => network.endsWith('/0')
  return [
    ...plainFindings(config),
    ...redirectFindings(config.redirectUrls),
    ...databaseFindings(database.url),
    ...when(
      Object.keys(config.phone.testNumbers).length > 0,
      mistake('phone.testNumbers', 'must not be set in production: whoever knows one of them gets in.'),
    ),
    ...when(!limits.enabled, mistake('limits.enabled', 'must not be off in production.')),
    ...when(config.inbox, mistake('inbox', 'must not be on in production: it shows every code and link.')),
    ...when(config.trustedProxies.some(isOpen), mistake('trustedProxies', 'must not trust everybody in production.')),
    ...when(
      tokens.algorithm === 'HS256' && secrets.jwtSecret === undefined && secrets.jwtKeys === undefined,
      mistake('secrets.jwtSecret', 'must be set when tokens are signed with HS256.'),
    ),
    ...when(
      database.url === undefined,
      warning('database.url', 'is not set: the embedded database serves one process and a small number of users.'),
    ),
    ...when(
      mail.smtpUrl === undefined && hookPlaces(hooks).sendEmail === undefined,
      warning('mail.smtpUrl', 'is not set: no mail will leave this server.'),
    ),
  ]
}

function inDevelopment({ host, inbox }: Complete): readonly Finding[] {
  return when(
    inbox && !isLoopback(host),
    warning('host', `is ${host}: whoever reaches this machine can read every code and link in the inbox.`),
  )
}
