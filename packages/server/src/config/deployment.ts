import type { JWK } from 'jose'
import type { HookPlaces } from '../core/hooks/hook.ts'
import type { ProviderSettings } from '../core/providers/provider.ts'
import type { Settings } from '../core/settings/settings.ts'
import type { VaultKeys } from './encryption-keys.ts'
import type { Source } from './layer.ts'

/** Where everything is stored. */
export type DatabaseChoice =
  | { readonly kind: 'embedded'; readonly folder: string }
  | {
      readonly kind: 'postgres'
      /** With user name and password: never shown, never logged. */
      readonly url: string
      /** Connections of each process. */
      readonly poolSize: number
      /** Milliseconds. */
      readonly statementTimeout: number
      readonly prepared: boolean
    }

/** Whether and where a dialect is spoken. */
export interface Mount {
  readonly enabled: boolean
  readonly path: string
}

/** Everything one installation needs besides its policy: addresses, secrets, limits of the wire. */
export interface Deployment {
  readonly host: string
  readonly port: number
  /** Absolute. */
  readonly dataDir: string
  readonly database: DatabaseChoice
  readonly schema: string
  readonly secrets: {
    /** Newest first: that one seals, all open. */
    readonly encryptionKeys: VaultKeys
    readonly publishableKey: string
    /** The publishable key in every spelling that is accepted. */
    readonly publishableKeys: readonly [string, ...string[]]
    readonly secretKey: string
    readonly secretKeys: readonly [string, ...string[]]
    readonly jwtSecret?: string
    /** Private; the first signs. */
    readonly jwtKeys?: readonly JWK[]
    /** RSA; made and kept in the database where it is absent. */
    readonly samlKey?: string
  }
  readonly mail: {
    readonly smtpUrl?: string
    readonly from: string
    readonly templatesFolder?: string
    readonly smtpApi?: string
  }
  readonly texts: {
    /** Who sends them, with what it needs of the account there. */
    readonly gateway?: {
      readonly id: string
      readonly options: Readonly<Record<string, string>>
      readonly url?: string
    }
    readonly template?: string
  }
  /** Addresses and networks in CIDR form. */
  readonly trustedProxies: readonly string[]
  /** Processes that share the port. */
  readonly workers: number
  readonly hashing: {
    /** Password hashes computed at once by each process. */
    readonly parallel: number
    /** Hashes that may wait in each process. */
    readonly queue: number
  }
  readonly metrics: { readonly token?: string; readonly port?: number }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'json' | 'pretty' }
  readonly http: {
    readonly bodyBytes: number
    readonly headerMs: number
    readonly requestMs: number
    readonly keepAliveMs: number
    readonly connectionsPerAddress: number
  }
  readonly dialects: {
    readonly native: Mount
    readonly supabase: Mount & {
      readonly consentUrl?: string | undefined
      /** Whether `/rest/v1/users` stands beside it. */
      readonly root: boolean
      /** What pages may send beside what the clients do. */
      readonly requestHeaders: readonly string[]
      readonly usersTable: boolean
    }
    readonly altogic: Mount & {
      readonly redirectUrl?: string | undefined
      readonly tellsTaken: boolean
      readonly trustsVerified: boolean
      readonly emails: boolean
      readonly smsCodes: boolean
      readonly captcha: boolean
    }
    readonly nhost: Mount & {
      /** Of its own, beside that of the server. */
      readonly port?: number | undefined
      /** Where that port is reached. */
      readonly url?: string | undefined
      readonly takenEmail: 'classic' | 'current'
      readonly concealErrors: boolean
      readonly autoSignUp: boolean
      readonly mailHeaders: boolean
      readonly gravatar: boolean
      readonly gravatarDefault: string
      readonly gravatarRating: string
      readonly elevation: 'disabled' | 'recommended' | 'required'
      readonly elevationBy: 'keys' | 'any'
      readonly loginUrl?: string | undefined
    }
  }
  /** Where leaked passwords are looked up: in a file, else at an address, else at the public one. */
  readonly breached: { readonly file?: string; readonly url?: string; readonly timeout: number }
  /** The account at the captcha vendor, where there is one. */
  readonly captcha?: { readonly secret: string; readonly url?: string; readonly timeout: number }
  readonly shutdownGraceSeconds: number
  /** Mail and SMS are caught and shown; never in production. */
  readonly inbox: boolean
  /** The hooks that are on. */
  readonly hooks: HookPlaces
  /** Built-in providers, by id. */
  readonly providers: Readonly<Record<string, ProviderSettings>>
}

/** One complete, checked configuration. */
export interface Config {
  readonly settings: Settings
  readonly deployment: Deployment
  /** What is allowed but worth a thought, for the log at the start. */
  readonly warnings: readonly string[]
  /** Where the value of each setting comes from, by its path. */
  readonly sources: ReadonlyMap<string, Source>
}
