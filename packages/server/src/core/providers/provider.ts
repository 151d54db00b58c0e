import type { JsonObject } from '../users/user.ts'

/** What an operator has set for one provider. */
export interface ProviderSettings {
  readonly enabled: boolean
  /** Whether ID tokens that an app got there by itself sign in. Default as {@link enabled}. */
  readonly idTokens?: boolean | undefined
  /** The first is used for signing in by redirect; ID tokens may be made out to any of them. Empty: no credentials. */
  readonly clientIds: readonly string[]
  readonly clientSecret: string | undefined
  /** Another host or tenant of the same product, such as a GitHub Enterprise server or a Keycloak realm. */
  readonly url: string | undefined
  /** Its home before, where it has moved with the same accounts; see {@link Provider.home}. */
  readonly movedFrom: string | undefined
  /** The address registered at the provider, where it is not the dialect's own. */
  readonly redirectUri: string | undefined
  /** Asked for besides the provider's own. */
  readonly scopes: readonly string[]
  /** Lets people in whose profile has no e-mail address. */
  readonly emailOptional: boolean
  /** Takes ID tokens without comparing nonces, for native SDKs that set one of their own. */
  readonly skipNonceCheck: boolean
  /** `false`: an address counts as unproved whatever the provider says of it, and a mail asks whoever comes with it. */
  readonly trustEmail: boolean
  /** `verified`: an address that the provider has verified finds the account that has proved it. */
  readonly linking: 'never' | 'verified'
  /** Keeps the provider's tokens, sealed, so that they can be asked for and renewed later. */
  readonly keepTokens: boolean
  /** What this provider alone needs; see {@link Provider.options}. */
  readonly options: Readonly<Record<string, string>>
}

/** Where a provider is asked. What is missing is read from its discovery document, where it has an issuer. */
export interface Endpoints {
  readonly issuer?: string
  /** Where the discovery document lies, if not below the issuer. */
  readonly discovery?: string
  /** Where a sign-in begins with a token of its own (RFC 5849 §2.1): who has this speaks OAuth 1.0a. */
  readonly temporary?: string
  readonly authorization?: string
  readonly token?: string
  readonly userinfo?: string
  readonly jwks?: string
}

/** Who somebody is there, in our words. */
export interface Profile {
  /** What names the account there for ever; never an address or a name. */
  readonly subject: string
  readonly email: string | null
  /** Whether the provider has made sure that the address is theirs; of that very address. */
  readonly emailVerified: boolean
  readonly name?: string | null
  readonly username?: string | null
  readonly avatarUrl?: string | null
  /** Further facts worth keeping, by the names of OpenID Connect Core §5.1. */
  readonly more?: JsonObject
}

/** What is at hand once a code was exchanged. */
export interface Facts {
  readonly settings: ProviderSettings
  readonly endpoints: Endpoints
  /** Of the verified ID token; empty where there is none. */
  readonly claims: JsonObject
  readonly accessToken: string
  /** The whole answer of the token endpoint, for providers that put the profile there. */
  readonly answer: JsonObject
  /** What was posted beside the code (Apple sends `user` the first time); empty otherwise. Not vouched for by anybody. */
  readonly posted: JsonObject
  /**
   * Asks the provider for JSON, with the access token as bearer unless `authorization` is among the headers.
   * @throws Refusal `provider_failed`
   */
  read(
    url: string,
    more?: { readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown },
  ): Promise<unknown>
}

/** Where a provider leaves the standards. */
export interface Quirks {
  /** The answer is posted to the callback. */
  readonly responseMode?: 'form_post'
  /** Sent along to the authorization endpoint. */
  readonly params?: Readonly<Record<string, string>>
  /** How the client shows its secret. Default `post`; `basic`: as it is, for few decode what RFC 6749 §2.3.1 has us encode. */
  readonly clientAuth?: 'post' | 'basic'
  /** A secret that is made, not given. */
  clientSecret?(settings: ProviderSettings, now: Date): Promise<string>
  /** `false`: refuses what it does not know, and knows no PKCE. */
  readonly pkce?: false
  /** `false`: an OpenID provider that returns no nonce. */
  readonly nonce?: false
  /** Default a space. */
  readonly scopeSeparator?: ','
  /** What becomes of the scopes a caller names. Default `add`. */
  readonly callerScopes?: 'add' | 'ignore' | 'replace'
  /** What it calls the client id, where not `client_id`. */
  readonly clientIdName?: string
  /** Parameters of callers that go by another name there. */
  readonly renames?: Readonly<Record<string, string>>
  /**
   * Puts what the settings say beside the parameters of a caller.
   * @throws Refusal `validation_failed` where what it cannot do without is missing
   */
  complete?(params: Readonly<Record<string, string>>, settings: ProviderSettings): Readonly<Record<string, string>>
  /** Headers for the token endpoint. */
  readonly tokenHeaders?: Readonly<Record<string, string>>
  /** Puts an answer of the token endpoint into the standard form (RFC 6749 §5.1). */
  tokenAnswer?(answer: JsonObject): JsonObject
}

/** How ID tokens of this provider are judged. */
export interface IdTokenRules {
  /** `false`: only those that this server has asked for are taken, and none that an app hands in. */
  readonly handed?: false
  /** Whether a token's issuer is this provider. Default: it is the issuer of {@link Endpoints}. */
  isIssuer?(issuer: string, claims: JsonObject, settings: ProviderSettings): boolean
  /**
   * Present where the provider has several issuers: whether one is among them, even if none of it may come in here. For
   * the words of a refusal alone.
   */
  knowsIssuer?(issuer: string, settings: ProviderSettings): boolean
  /** Further audiences, besides the client ids. */
  audiences?(settings: ProviderSettings): readonly string[]
  /** Its nonces say nothing: its SDKs make them by themselves. */
  readonly skipsNonce?: true
  /** Reads its claims, where they differ from what {@link Provider.profile} reads. */
  profile?(claims: JsonObject): Profile
}

/** What only one provider needs to be told. */
export interface ProviderOption {
  /** One line for the reference page. */
  readonly about: string
  readonly secret?: true
}

/** One provider: everything that is particular about it, and nothing else. */
export interface Provider {
  /** As it stands in addresses, settings and identities. */
  readonly id: string
  readonly name: string
  readonly kind: 'oidc' | 'oauth2'
  /** Always asked for. */
  readonly scopes: readonly string[]
  /** Whether its word about an address counts for finding the account that has it (S37). */
  readonly verifiesEmail: boolean
  /** It has no address for anybody, so none is missed. */
  readonly tellsNoEmail?: true
  /** It stands wherever {@link ProviderSettings.url} says, and nowhere else. */
  readonly needsUrl?: true
  /** What its `url` leaves open that must be said, as a sentence that reads on from its name; undefined where all is well. */
  problem?(settings: ProviderSettings): string | undefined
  endpoints(settings: ProviderSettings): Endpoints
  /** Within what its subjects are unique. Default: the host the settings name, or the product's own. */
  home?(settings: ProviderSettings): string
  /** What the profile is read from. Default: the ID token's claims (`oidc`), else what the userinfo endpoint says. */
  source?(facts: Facts): Promise<JsonObject>
  /** @throws Refusal `provider_failed` for a profile without a subject */
  profile(source: JsonObject, facts: Facts): Profile | Promise<Profile>
  readonly quirks?: Quirks
  /** Present where apps may hand in ID tokens they got by themselves, unless it says otherwise. */
  readonly idTokens?: IdTokenRules
  /** Further settings, by name. */
  readonly options?: Readonly<Record<string, ProviderOption>>
}

/** Whether apps may hand in ID tokens of it that they got by themselves. */
export function takesIdTokens({ idTokens }: Pick<Provider, 'idTokens'>): boolean {
  return idTokens !== undefined && idTokens.handed !== false
}

/** Tokens of a provider. */
export interface ProviderTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly idToken: string | null
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
}
