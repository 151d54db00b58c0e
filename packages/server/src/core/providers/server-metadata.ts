import type { Outbound } from '../../base/outbound.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { JsonObject } from '../users/user.ts'
import { isTrue, record, text } from './facts.ts'
import type { Endpoints } from './provider.ts'
import { failed, readJson } from './read-json.ts'

/** Where a provider is asked, complete. */
export interface ServerMetadata extends Endpoints {
  readonly authorization: string
  readonly token: string
  /** Whether its answers name it (RFC 9207); then one that does not is refused. */
  readonly namesItself: boolean
}

/** Finds what is missing of a provider's endpoints in its discovery document. */
export interface MetadataCache {
  /** @throws Refusal `provider_failed` when there is no document, or one of another issuer */
  complete(endpoints: Endpoints, kind: 'oidc' | 'oauth2'): Promise<ServerMetadata>
  /** The document itself, freshly read, where it is one that {@link complete} can work with. @throws Refusal `provider_failed` */
  discover(endpoints: Endpoints): Promise<JsonObject>
}

const freshMs = 60 * 60_000
const mostKept = 200

/** Where an issuer's document lies (OpenID Connect Discovery 1.0 §4). */
export function discoveryUrl({ issuer = '', discovery }: Endpoints): string {
  return discovery ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Documents are kept for an hour, by issuer and address. */
export function createMetadataCache(deps: {
  readonly outbound: Outbound
  readonly runtime: Pick<Runtime, 'now'>
}): MetadataCache {
  const kept = new Map<string, { readonly document: JsonObject; readonly at: number }>()
  const now = () => deps.runtime.now().getTime()

  const discover = async (endpoints: Endpoints): Promise<JsonObject> => {
    const document = record(await readJson(deps.outbound, discoveryUrl(endpoints)))
    // Letter by letter: a slash or another case is another issuer (S71).
    if (document['issuer'] !== endpoints.issuer) throw failed('issuer_mismatch')
    return document
  }
  const documentOf = async (endpoints: Endpoints): Promise<JsonObject> => {
    const key = JSON.stringify([endpoints.issuer, discoveryUrl(endpoints)])
    const known = kept.get(key)
    if (known !== undefined && now() - known.at < freshMs) return known.document
    const document = await discover(endpoints)
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, { document, at: now() })
    return document
  }
  return {
    async discover(endpoints) {
      const document = await discover(endpoints)
      merged(endpoints, document)
      return document
    },
    async complete(endpoints, kind) {
      const { issuer, authorization, token, jwks } = endpoints
      const isWhole = authorization !== undefined && token !== undefined && (kind === 'oauth2' || jwks !== undefined)
      const document = isWhole || issuer === undefined ? {} : await documentOf(endpoints)
      return merged(endpoints, document)
    },
  }
}

function merged(endpoints: Endpoints, document: JsonObject): ServerMetadata {
  const authorization = endpoints.authorization ?? pageIn(endpoints, document)
  const token = endpoints.token ?? text(document, 'token_endpoint')
  if (authorization === null || token === null) throw failed('no_endpoints')
  const userinfo = endpoints.userinfo ?? text(document, 'userinfo_endpoint')
  const jwks = endpoints.jwks ?? text(document, 'jwks_uri')
  return {
    ...endpoints,
    authorization,
    token,
    ...(userinfo === null ? {} : { userinfo }),
    ...(jwks === null ? {} : { jwks }),
    namesItself: isTrue(document, 'authorization_response_iss_parameter_supported'),
  }
}

/**
 * Where a document sends people. All else that it names is asked by the guard; there a browser goes, so it must be a page of
 * the web, and as safe as the document itself (S71).
 */
function pageIn(endpoints: Endpoints, document: JsonObject): string | null {
  const page = text(document, 'authorization_endpoint')
  if (page === null) return null
  const { protocol, username, password } = URL.canParse(page) ? new URL(page) : new URL('about:blank')
  const isSafe = protocol === 'https:' || (protocol === 'http:' && discoveryUrl(endpoints).startsWith('http:'))
  if (!isSafe || username !== '' || password !== '') throw failed('authorization_endpoint')
  return page
}
