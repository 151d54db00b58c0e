import { sha256 } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import type { Provider, ProviderSettings } from './provider.ts'
import type { ServerMetadata } from './server-metadata.ts'

/** What a sign-in at a provider is begun with. */
export interface Beginning {
  readonly state: string
  readonly nonce: string
  /** Verifier of the challenge we give to the provider (RFC 7636). */
  readonly verifier: string
  readonly redirectUri: string
  /** Scopes that the caller names; what becomes of them is the provider's rule. */
  readonly scopes: readonly string[]
  /** Further parameters of the caller. Those of the protocol are left out (S75). */
  readonly params: Readonly<Record<string, string>>
}

/** A sign-in that has begun. */
export interface Begun {
  /** Where the person goes. */
  readonly url: string
  /** What has to be there again when they are back; a secret. */
  readonly kept?: string
}

const reserved = new Set([
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'state', 'scope', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'code_verifier', 'request', 'request_uri', 'registration', 'claims'],
  ...['id_token_hint', 'resource', 'authorization_details', 'client_assertion', 'client_assertion_type', 'dpop_jkt'],
])

const most = 20
const longest = 1_024

/** The address at which a person signs in at the provider. @throws Refusal `validation_failed` where it needs to know more */
export function authorizationUrl(
  { provider, settings }: { readonly provider: Provider; readonly settings: ProviderSettings },
  server: ServerMetadata,
  begin: Beginning,
): string {
  const { quirks = {} } = provider
  const url = new URL(server.authorization)
  const set = (values: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value)
  }
  const scope = scopesOf(provider, settings, begin.scopes).join(quirks.scopeSeparator ?? ' ')
  const given = allowed(begin.params, quirks.renames ?? {}, quirks.clientIdName)
  set(quirks.complete?.(given, settings) ?? given)
  set(quirks.params ?? {})
  set({
    [quirks.clientIdName ?? 'client_id']: settings.clientIds[0] ?? '',
    redirect_uri: begin.redirectUri,
    response_type: 'code',
    ...(scope === '' ? {} : { scope }),
    state: begin.state,
    ...(provider.kind === 'oidc' && quirks.nonce !== false ? { nonce: begin.nonce } : {}),
    ...(quirks.responseMode === undefined ? {} : { response_mode: quirks.responseMode }),
    ...(quirks.pkce === false
      ? {}
      : { code_challenge: base64url(sha256(begin.verifier)), code_challenge_method: 'S256' }),
  })
  return url.href
}

function allowed(
  params: Readonly<Record<string, string>>,
  renames: Readonly<Record<string, string>>,
  clientIdName: string | undefined,
): Record<string, string> {
  const kept = Object.entries(params).map(([name, value]) => [renames[name] ?? name, value] as const)
  return Object.fromEntries(
    kept
      .filter(([name]) => !reserved.has(name.toLowerCase()) && name.toLowerCase() !== clientIdName?.toLowerCase())
      .filter(([name, value]) => /^[\w.-]{1,64}$/.test(name) && value.length <= longest)
      .slice(0, most),
  )
}

/** The scopes that are asked for: the provider's, the operator's, and the caller's where the provider lets them add. */
export function scopesOf(provider: Provider, settings: ProviderSettings, named: readonly string[]): readonly string[] {
  const rule = provider.quirks?.callerScopes ?? 'add'
  const asked =
    rule === 'ignore' ? [] : named.filter((scope) => /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,128}$/.test(scope))
  if (rule === 'replace' && asked.length > 0) return [...new Set([...provider.scopes, ...asked])]
  return [...new Set([...provider.scopes, ...settings.scopes, ...asked])].slice(0, 100)
}
