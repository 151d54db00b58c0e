import type { JsonObject } from '../users/user.ts'
import { at, keep, record, standardProfile, text } from './facts.ts'
import type { Endpoints, Profile, Provider, ProviderSettings } from './provider.ts'

/** What the ids of providers begin with that an administrator has added, so that none is ever taken for a built-in one. */
export const customPrefix = 'custom:'

/** A provider as an administrator describes it. */
export interface CustomProvider {
  /** Begins with {@link customPrefix}. */
  readonly id: string
  readonly kind: 'oidc' | 'oauth2'
  readonly name: string
  readonly endpoints: Endpoints
  readonly settings: ProviderSettings
  readonly pkce: boolean
  /** Sent along to the authorization endpoint. */
  readonly params: Readonly<Record<string, string>>
  /** Where in its profile our claims are found: `{ email: 'mail', sub: 'user.id' }`. */
  readonly mapping: Readonly<Record<string, string>>
  /** Claims that are kept besides the standard ones. */
  readonly keptClaims: readonly string[]
}

/** The driver of a custom provider. Its word about an address marks a new account's own, and never finds another's (S37). */
export function customProvider(custom: CustomProvider): Provider {
  const { id, name, kind, endpoints, params, pkce } = custom
  return {
    id,
    name,
    kind,
    scopes: kind === 'oidc' ? ['openid'] : [],
    verifiesEmail: false,
    endpoints: () => endpoints,
    home: () => homeOf(custom),
    profile: (source) => profileOf(custom, source),
    quirks: { params, callerScopes: 'replace', ...(pkce ? {} : { pkce: false as const }) },
    ...(kind === 'oidc' ? { idTokens: {} } : {}),
  }
}

/** The issuer, or where profiles are read; and what in them is the subject, where that was chosen. */
function homeOf({ kind, endpoints, mapping }: CustomProvider): string {
  const from = (kind === 'oidc' ? endpoints.issuer : endpoints.userinfo) ?? ''
  const { sub } = mapping
  return sub === undefined || (kind === 'oidc' && sub === 'sub') ? from : `${from}#${sub}`
}

function profileOf({ mapping, keptClaims, kind }: CustomProvider, source: JsonObject): Profile {
  const mapped = Object.entries(mapping).map(([claim, path]) => [claim, at(source, path)] as const)
  const found = Object.fromEntries(mapped.filter(([, value]) => value !== undefined))
  // Many servers without OpenID call it `id`; one that has `sub` means that.
  const usual = kind === 'oauth2' && source['sub'] === undefined ? { sub: source['id'] } : {}
  const { more, ...profile } = standardProfile({ ...usual, ...source, ...found })
  const kept = keep(source, keptClaims)
  const emailVerified = profile.emailVerified && isFlagged(source, profile.email)
  return {
    ...profile,
    emailVerified,
    more: { ...more, ...(keptClaims.length === 0 ? {} : { custom_claims: record(kept) }) },
  }
}

/** `email_verified` is about `email` (OpenID Connect Core §5.1), and not about what a mapping takes in its place (S39). */
function isFlagged(source: JsonObject, email: string | null): boolean {
  const own = text(source, 'email')
  return own === null || own.toLowerCase() === email?.toLowerCase()
}
