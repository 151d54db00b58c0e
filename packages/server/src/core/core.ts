import type { JWK } from 'jose'
import { createOutbound, type Outbound } from '../base/outbound.ts'
import type { Runtime } from '../base/runtime.ts'
import type { Database, Sql } from '../storage/database.ts'
import { type Audit, createAudit } from './audit/audit.ts'
import { type Captcha, createCaptcha } from './captcha/captcha.ts'
import { createSpentSolutions } from './captcha/spent-solutions.ts'
import { captchaVendor } from './captcha/vendors/catalogue.ts'
import { type Authorizations, createAuthorizations } from './clients/authorizations.ts'
import { type Clients, createClients } from './clients/clients.ts'
import { type Consents, createConsents } from './clients/consents.ts'
import { createEvents, type Events } from './events/events.ts'
import { createEventFeed, type EventFeed } from './events/feed.ts'
import { noteEntry, noteSessions } from './events/noting.ts'
import { createFactors, type Factors } from './factors/factors.ts'
import type { HookPlaces } from './hooks/hook.ts'
import { createHooks, type Hooks } from './hooks/hooks.ts'
import { askingHooks, type Questions, settledHooks, withAnswers } from './hooks/questions.ts'
import { tellingAudit } from './hooks/tell-events.ts'
import { type AddressRules, createAddressRules } from './identifiers/address-rules.ts'
import { parseEmail } from './identifiers/email.ts'
import { createRedirects, type Redirects } from './identifiers/redirect.ts'
import { createIdentities, type Identities } from './identities/identities.ts'
import { type AccessKeys, createAccessKeys } from './keys/access-keys.ts'
import { type ApiKeys, type ConfiguredKey, createApiKeys } from './keys/api-keys.ts'
import { createIdempotency, type Idempotency } from './keys/idempotency.ts'
import { type Counters, createCounters } from './limits/limits.ts'
import { createOutbox, type Outbox } from './notifications/outbox.ts'
import { createOutboxAdmin, type OutboxAdmin } from './notifications/outbox-admin.ts'
import { roomsOnDemand } from './on-demand.ts'
import { createPasskeys, type Passkeys } from './passkeys/passkeys.ts'
import { type RelyingParty, relyingPartyOf } from './passkeys/relying-party.ts'
import type { BreachedList } from './passwords/breached/breached-list.ts'
import type { CommonPasswords } from './passwords/common-passwords.ts'
import type { Hasher } from './passwords/hasher.ts'
import { judgePassword, type PasswordReason } from './passwords/strength.ts'
import { createProviderTokenStore, type ProviderTokenStore } from './providers/kept-tokens.ts'
import { createKeyCache } from './providers/key-cache.ts'
import type { ProviderSettings } from './providers/provider.ts'
import { createProviderHomes, type ProviderHomes } from './providers/provider-homes.ts'
import { createProviderRows, type ProviderRows } from './providers/provider-rows.ts'
import { createProviders, type Providers } from './providers/providers.ts'
import { createMetadataCache } from './providers/server-metadata.ts'
import { createSessions, type Sessions } from './sessions/sessions.ts'
import type { Settings } from './settings/settings.ts'
import { createServiceKeys } from './sso/service-key.ts'
import { createSso, type Sso } from './sso/sso.ts'
import { createSsoProviders, type SsoProviders } from './sso/sso-providers.ts'
import { createTickets, type Tickets } from './tickets/tickets.ts'
import { type AccessTokens, createAccessTokens } from './tokens/access-tokens.ts'
import { createSigningKeys, type SigningKeys } from './tokens/signing-keys.ts'
import { toUser, userColumns } from './users/user.ts'
import { createUserSearch, type UserSearch } from './users/user-search.ts'
import { createUsers, type Users } from './users/users.ts'
import { createVault, type Vault, type VaultKey } from './vault/vault.ts'

/** Everything the flows work with: the rooms, joined and bound to one database or to one transaction on it. */
export interface Core {
  readonly settings: Settings
  readonly runtime: Runtime
  readonly vault: Vault
  readonly hasher: Hasher
  readonly redirects: Redirects
  /** Who may have an account, by their address. */
  readonly addressRules: AddressRules
  readonly users: Users
  readonly userSearch: UserSearch
  readonly identities: Identities
  readonly factors: Factors
  readonly passkeys: Passkeys
  readonly relyingParty: RelyingParty
  readonly sessions: Sessions
  readonly tickets: Tickets
  readonly audit: Audit
  readonly events: Events
  /** Tells those who listen in this process. */
  readonly feed: EventFeed
  /** Counts requests and messages. */
  readonly limits: Counters
  /** Counts wrong passwords and codes; outlives a crash. */
  readonly guesses: Counters
  readonly outbox: Outbox
  readonly outboxAdmin: OutboxAdmin
  readonly apiKeys: ApiKeys
  /** Personal access tokens. */
  readonly accessKeys: AccessKeys
  /** Applications that people may let act for them. */
  readonly clients: Clients
  /** What they have allowed. */
  readonly consents: Consents
  /** What is asked of them at the moment. */
  readonly authorizations: Authorizations
  readonly idempotency: Idempotency
  /** Accounts elsewhere. */
  readonly providers: Providers
  /** Providers as administrators have set them. */
  readonly providerRows: ProviderRows
  /** Where the accounts under each provider's name come from. */
  readonly providerHomes: ProviderHomes
  readonly providerTokens: ProviderTokenStore
  /** Organisations' identity providers, and what is said between them and us. */
  readonly ssoProviders: SsoProviders
  readonly sso: Sso
  /** Asks servers elsewhere whose addresses somebody has chosen. */
  readonly outbound: Outbound
  /** The application's own code, asked at set places. */
  readonly hooks: Hooks & Questions
  readonly signingKeys: SigningKeys
  readonly accessTokens: AccessTokens
  /** Why a password would be too weak for somebody with these facts; empty when it may be used. */
  judgePassword(password: string, personal: readonly (string | null | undefined)[]): PasswordReason[]
  /** Runs `work` with the same core, bound to one transaction: committed when it resolves. */
  transaction<T>(work: (tx: Core) => Promise<T>): Promise<T>
  /** Whoever makes codes of texts up, sends and compares them elsewhere; absent where codes are ours. */
  readonly keptCodes?: KeptCodes
  /** The passwords that thieves have; absent where they are not asked for. */
  readonly breached?: BreachedList
  /** Tells people from programs; absent where nothing is asked. */
  readonly captcha?: Captcha
  /** Tells the deliverer that something was queued and committed. */
  wakeOutbox(): void
}

/** Codes that a gateway keeps. */
export interface KeptCodes {
  /** Whether this is the code it sent to a number. @throws Error when it does not answer */
  check(to: string, code: string): Promise<boolean>
}

/** The operator's account at a captcha vendor. */
export interface CaptchaAccount {
  readonly secret: string
  /** Another place of its interface. */
  readonly url?: string | undefined
  /** Milliseconds it has to answer. */
  readonly timeout: number
}

/** What the core is made of: database, policy, secrets and the parts that hold threads. */
export interface CoreDeps {
  readonly database: Database
  readonly settings: Settings
  readonly runtime: Runtime
  /** Newest first. */
  readonly encryptionKeys: readonly [VaultKey, ...VaultKey[]]
  readonly apiKeys: readonly ConfiguredKey[]
  readonly jwtSecret?: string | undefined
  readonly jwtKeys?: readonly JWK[] | undefined
  /** RSA key that SAML requests are signed with. Default: one is made and kept. */
  readonly samlKey?: string | undefined
  readonly hasher: Hasher
  readonly commonPasswords: CommonPasswords
  /** Settings of built-in providers, by id. Default: none is set. */
  readonly providers?: Readonly<Record<string, ProviderSettings>>
  readonly keptCodes?: KeptCodes
  /** What the vendor of `settings.captcha` needs. */
  readonly captcha?: CaptchaAccount | undefined
  /** Default: there are none. */
  readonly hooks?: HookPlaces
  readonly breached?: BreachedList | undefined
  readonly wakeOutbox: () => void
}

/** Joins the rooms. Those that hold keys or caches exist once; those that speak to tables are bound again in a transaction. */
export function createCore(deps: CoreDeps): Core {
  const { database, settings, runtime, hasher } = deps
  const vault = createVault(deps.encryptionKeys, runtime)
  const signingKeys = createSigningKeys(database, {
    runtime,
    vault,
    policy: { ...settings.tokens, secret: deps.jwtSecret, configured: deps.jwtKeys },
  })
  const outbound = createOutbound(settings.outbound)
  const once = {
    outbound,
    settings,
    runtime,
    vault,
    hasher,
    signingKeys,
    accessTokens: createAccessTokens({ keys: signingKeys, runtime, policy: settings.tokens }),
    relyingParty: relyingPartyOf(settings),
    addressRules: createAddressRules(settings.signUp),
    sso: ssoFor(deps, { vault, outbound }),
    redirects: createRedirects({
      siteUrl: settings.siteUrl,
      patterns: settings.redirectUrls,
      development: settings.environment === 'development',
    }),
    judgePassword: judgeOf(deps),
    wakeOutbox: deps.wakeOutbox,
    ...captchaOf(deps, vault),
    ...(deps.breached === undefined ? {} : { breached: deps.breached }),
    ...(deps.keptCodes === undefined ? {} : { keptCodes: deps.keptCodes }),
  }
  const made = makers(deps, vault)
  const feed = createEventFeed({
    events: made.events(database),
    liveAmong: made.sessions(database).liveAmong,
    listen: database.listen,
    runtime,
    streamsPerUser: settings.events.streams,
  })
  const providersOf = providersWith(deps, outbound)
  const providers = (on: Sql) => providersOf(made.providerRows(on))
  const asking = createHooks({ database, runtime, places: deps.hooks ?? {}, http: { outbound: settings.outbound } })
  const rooms = roomsOnDemand({ ...once, feed }, { ...made, providers })
  const bind = (on: Sql, hooks: Core['hooks'], transaction: Core['transaction']): Core =>
    rooms(on, { hooks, transaction })
  const core: Core = bind(database, askingHooks(asking), (work) =>
    withAnswers(asking, (questions) =>
      database.transaction((on) => {
        const tx: Core = bind(on, settledHooks(asking, questions), (inner) => inner(tx))
        return work(tx)
      }),
    ),
  )
  return core
}

/** What providers have told of themselves is kept for all of the core. */
function providersWith(
  { settings, runtime, providers = {} }: CoreDeps,
  outbound: Outbound,
): (rows: ProviderRows) => Providers {
  const asked = {
    outbound,
    keys: createKeyCache({ outbound, runtime }),
    metadata: createMetadataCache({ outbound, runtime }),
    configured: providers,
    skew: settings.tokens.skew,
    readAddress,
    runtime,
  }
  return (rows) => createProviders({ ...asked, rows })
}

function judgeOf({ settings, commonPasswords }: CoreDeps): Core['judgePassword'] {
  const { min, requiredCharacters } = settings.password
  return (password, personal) =>
    judgePassword(password, {
      min,
      requiredCharacters,
      common: commonPasswords,
      personal: [...personal, settings.name],
    })
}

function captchaOf({ database, settings, runtime, captcha }: CoreDeps, vault: Vault): { readonly captcha?: Captcha } {
  const policy = settings.captcha
  if (policy.provider === '' || captcha === undefined) return {}
  const { secret, url, timeout } = captcha
  const outbound = createOutbound({ ...settings.outbound, totalMs: timeout })
  const judge = captchaVendor(policy.provider).create({
    ...{ siteKey: policy.siteKey, secret, url, outbound },
    own: { vault, runtime, work: policy.work },
  })
  return { captcha: createCaptcha({ judge, spent: createSpentSolutions(database, runtime), policy, runtime }) }
}

function ssoFor(
  { database, settings, runtime, samlKey }: CoreDeps,
  { vault, outbound }: { readonly vault: Vault; readonly outbound: Outbound },
): Sso {
  const host = new URL(settings.publicUrl).hostname
  const keys = createServiceKeys(database, { runtime, vault, configured: samlKey, host })
  return createSso({ keys, outbound, runtime, settings, readAddress })
}

function readAddress(text: string): string | undefined {
  try {
    return parseEmail(text)
  } catch {
    return undefined
  }
}

/** How each room that speaks to tables is made. */
function makers(deps: CoreDeps, vault: Vault) {
  const { runtime, settings } = deps
  const counters = (on: Sql, table: 'rate_counters' | 'guess_counters') =>
    createCounters(on, { runtime, table, enabled: settings.limits.enabled })
  const outbox = (on: Sql) => createOutbox({ database: on, vault, runtime })
  const sessions = {
    runtime,
    vault,
    policy: settings.sessions,
    user: { columns: userColumns, read: toUser },
    tell: noteSessions,
  }
  return {
    users: (on: Sql) => createUsers(on, runtime),
    userSearch: (on: Sql) => createUserSearch(on, runtime),
    identities: (on: Sql) => createIdentities(on, runtime),
    accessKeys: (on: Sql) => createAccessKeys(on, runtime),
    clients: (on: Sql) => createClients(on, runtime),
    consents: (on: Sql) => createConsents(on, runtime),
    authorizations: (on: Sql) => createAuthorizations(on, runtime),
    passkeys: (on: Sql) => createPasskeys(on, runtime),
    factors: (on: Sql) => createFactors(on, { runtime, vault }),
    sessions: (on: Sql) => createSessions(on, sessions),
    tickets: (on: Sql) => createTickets(on, { runtime, vault, tries: settings.codes.tries }),
    audit: (on: Sql) => {
      const audit = createAudit(on, { runtime, tell: noteEntry })
      return deps.hooks?.afterEvent === undefined ? audit : tellingAudit(audit, { outbox: outbox(on), runtime })
    },
    events: (on: Sql) => createEvents(on, runtime),
    limits: (on: Sql) => counters(on, 'rate_counters'),
    guesses: (on: Sql) => counters(on, 'guess_counters'),
    outbox,
    outboxAdmin: (on: Sql) => createOutboxAdmin({ database: on, vault, runtime }),
    apiKeys: (on: Sql) => createApiKeys(on, runtime, deps.apiKeys),
    idempotency: (on: Sql) => createIdempotency(on, { runtime, vault }),
    ssoProviders: (on: Sql) => createSsoProviders(on, runtime),
    providerRows: (on: Sql) => createProviderRows(on, { runtime, vault }),
    providerHomes: (on: Sql) => createProviderHomes(on, runtime),
    providerTokens: (on: Sql) => createProviderTokenStore(on, { runtime, vault }),
  }
}
