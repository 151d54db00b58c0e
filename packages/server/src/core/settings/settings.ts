/** How many, per how many seconds. */
export interface Rate {
  readonly limit: number
  readonly seconds: number
}

/** What a claim may say by itself. */
export type ClaimValue = string | number | boolean | readonly (string | number | boolean)[]

/**
 * One declared claim: a fixed value, or a path into the user (`metadata.plan`, `appMetadata.teams[*].id`, `roles`) and what
 * stands in its place where it leads to nothing. Default: then there is no such claim.
 */
export type ClaimSource = { readonly value: ClaimValue } | { readonly path: string; readonly default?: ClaimValue }

/**
 * The policy of one deployment, complete: every value is there and checked. Secrets and addresses of other services are
 * not part of it. All durations are whole seconds.
 */
export interface Settings {
  readonly environment: 'development' | 'production'
  /** Name of the product, shown in mails and pages. */
  readonly name: string
  /** Origin that links, issuers and pages are made with; no header ever changes it. No trailing slash. */
  readonly publicUrl: string
  /** Where people land when nothing better was asked for. */
  readonly siteUrl: string
  /** Patterns of places that people may be sent back to. */
  readonly redirectUrls: readonly string[]
  /** Origins besides the site's and the listed redirects' that browsers may call from. */
  readonly corsOrigins: readonly string[]
  readonly signUp: {
    readonly enabled: boolean
    readonly anonymous: boolean
    readonly emailConfirmation: boolean
    readonly phoneConfirmation: boolean
    /** Whether accounts that people make for themselves are closed until an administrator lets them in. */
    readonly approval: boolean
    /** Domains, or whole addresses and phone numbers; when not empty, nothing else may sign up. */
    readonly allow: readonly string[]
    readonly block: readonly string[]
  }
  readonly phone: {
    /** Whether a phone number is a way in. */
    readonly enabled: boolean
    /** Who sends the texts, by the name of its setting; empty where nobody does. */
    readonly gateway: string
    /** The ways in which a text can be sent. */
    readonly channels: readonly ('sms' | 'whatsapp')[]
    /** Countries that texts go to (ISO 3166-1 alpha-2); `*` is all of them. */
    readonly countries: readonly string[]
    /** Numbers that always get the same code and no text, by their E.164 form. Development only. */
    readonly testNumbers: Readonly<Record<string, string>>
  }
  readonly password: {
    /** Code points. */
    readonly min: number
    /** Never above 256. */
    readonly max: number
    /** Sets of characters of which one each must occur; none by default, as NIST advises. */
    readonly requiredCharacters: readonly string[]
    /** Whether changing a password needs the current one even shortly after signing in. */
    readonly requireCurrent: boolean
    readonly breached: {
      /** Whether passwords that thieves have are refused. */
      readonly enabled: boolean
      /** What happens to a new password while the list cannot be asked. */
      readonly whenDown: 'refuse' | 'allow'
      /** Whether whoever signs in with such a password is told. */
      readonly atSignIn: boolean
    }
  }
  readonly codes: {
    readonly length: number
    readonly seconds: number
    /** Wrong tries one code survives. */
    readonly tries: number
  }
  readonly links: {
    readonly signIn: number
    readonly recovery: number
    readonly confirm: number
    readonly invite: number
    /** `click`: every dialect shows a page with one button; `dialect`: each does as its clients expect. */
    readonly confirmation: 'dialect' | 'click'
  }
  readonly sessions: {
    readonly idle: number
    readonly absolute: number
    /** How long the token before the current one still answers with the current one. */
    readonly grace: number
    /** How long a proof counts as recent. */
    readonly recent: number
    /** A new session ends the user's others. */
    readonly singlePerUser: boolean
  }
  readonly tokens: {
    readonly issuer: string
    readonly audience: string
    readonly accessSeconds: number
    readonly algorithm: 'ES256' | 'RS256' | 'HS256'
    /** Clock difference to other machines that is tolerated. */
    readonly skew: number
    readonly claims: Readonly<Record<string, ClaimSource>>
    readonly hasura: {
      readonly enabled: boolean
      readonly namespace: string
      readonly claims: Readonly<Record<string, ClaimSource>>
    }
    /** How long a new key is published before it signs. */
    readonly keyLead: number
  }
  /** Being a provider: other applications let people sign in here and act for them. */
  readonly oauthServer: {
    readonly enabled: boolean
    /** Whether applications may register themselves (RFC 7591). */
    readonly registration: boolean
    /** Seconds an access token of an application lives. */
    readonly accessSeconds: number
    /** Seconds somebody has to answer. */
    readonly requestSeconds: number
    /** Seconds a code waits for its exchange. */
    readonly codeSeconds: number
    /** Scopes besides the standard ones that applications may be given. */
    readonly scopes: readonly string[]
  }
  /** Kinds of second factors that may be set up, and how many one person may have. A verified one is asked for in any case. */
  readonly factors: {
    readonly totp: boolean
    readonly phone: boolean
    readonly recoveryCodes: boolean
    readonly max: number
    /** What authenticator apps file their codes under. Default the name of the server. */
    readonly issuer?: string | undefined
  }
  readonly passkeys: {
    readonly enabled: boolean
    /** A registrable domain, or one above those of all origins. Default the site's host. */
    readonly rpId?: string | undefined
    readonly rpName?: string | undefined
    /** Pages whose ceremonies count; empty means the site's. */
    readonly origins: readonly string[]
    /** Whether an account may be nothing but a passkey. */
    readonly withoutAddress: boolean
  }
  /** Wallets that sign people in. */
  readonly wallets: {
    readonly ethereum: boolean
    readonly solana: boolean
    /** How far the making of a message that an app wrote may lie from now. */
    readonly seconds: number
  }
  /** Signing in through an organisation's own identity provider (SAML 2.0). */
  readonly sso: {
    readonly enabled: boolean
    /** The name of this server to identity providers. */
    readonly entityId: string
    /** Where they send their answers. */
    readonly callback: string
    /** Seconds that their clocks may differ. */
    readonly skew: number
    readonly encryptedAssertions: boolean
  }
  readonly emailChange: { readonly bothAgree: boolean }
  /** Whether people connect accounts elsewhere with their own by themselves. */
  readonly linking: { readonly manual: boolean }
  readonly roles: {
    /** The role in the database's sense, for row-level security. */
    readonly database: string
    readonly default: string
    readonly allowed: readonly string[]
    /** Roles a person may choose at sign-up. */
    readonly selectable: readonly string[]
  }
  readonly locales: { readonly default: string; readonly available: readonly string[] }
  readonly metadataBytes: number
  readonly limits: {
    readonly enabled: boolean
    readonly public: Rate
    readonly start: Rate
    readonly signUp: Rate
    readonly anonymous: Rate
    readonly signInAccountNetwork: Rate
    readonly signInNetwork: Rate
    readonly signInAccount: Rate
    readonly codesAccount: Rate
    readonly send: readonly Rate[]
    readonly sendNetwork: Rate
    /** Texts to numbers that differ in their last three digits alone. */
    readonly textBlock: Rate
    readonly textNetwork: Rate
    /** All texts of the deployment. */
    readonly textBudget: Rate
    readonly answerNetwork: Rate
    readonly tokenNetwork: Rate
    /** Requests of applications. */
    readonly oauth: Rate
    readonly oauthRegister: Rate
    readonly me: Rate
    readonly change: Rate
    readonly addressChange: Rate
    readonly admin: Rate
  }
  readonly keys: { readonly required: boolean }
  readonly captcha: {
    /** Who judges, by the name of its setting; empty where nothing is asked. */
    readonly provider: string
    /** Public name of the site there. */
    readonly siteKey: string
    /** What it is asked for. */
    readonly on: readonly ('sign_up' | 'sign_in' | 'send' | 'start')[]
    /** Hosts it may be solved on, `*.example.test` for all below one; empty compares nothing. */
    readonly hostnames: readonly string[]
    /** Whether a solution that names an action is good for that one alone. */
    readonly compareAction: boolean
    /** Least score, from 0 to 1, of those who give one. */
    readonly score: number
    /** Rounds of one try at a challenge of our own. */
    readonly work: number
    /** What happens while nobody can judge. */
    readonly whenDown: 'refuse' | 'allow'
  }
  readonly outbound: {
    /** Host names, addresses and networks that may be asked although they are private, over plain http as well. */
    readonly allow: readonly string[]
  }
  readonly events: {
    /** How long events are kept for streams that resume. */
    readonly keep: number
    /** Streams one user may have open in one process. */
    readonly streams: number
  }
  readonly housekeeping: {
    /** Days after which a guest who never came back is removed; 0 keeps them. */
    readonly anonymousDays: number
  }
}
