import { invalid } from '../../base/errors.ts'
import { type ClientAuthMethod, type ClientFacts, clientAuthMethods, clientGrants } from '../../core/clients/client.ts'
import { clientRedirectFault } from '../../core/identifiers/client-redirect.ts'

/** What somebody says of an application (RFC 7591 §2). What is absent is left as it is, or takes its default. */
export interface ClientInput {
  readonly name?: string | undefined
  /** `null` takes it away. */
  readonly homeUrl?: string | null | undefined
  readonly logoUrl?: string | null | undefined
  readonly authMethod?: string | undefined
  readonly redirectUris?: readonly string[] | undefined
  readonly grants?: readonly string[] | undefined
  readonly scopes?: readonly string[] | undefined
}

const mostUris = 10
const longestUri = 2_048
const longestName = 1_024
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const unseemly = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

/**
 * Checks what is said of an application; nothing is fetched, whatever addresses there are.
 * @param known every scope there is
 * @throws Refusal `validation_failed` with the member's name in the standard
 */
export function readClient(input: ClientInput, known: readonly string[]): Partial<ClientFacts> {
  const { name, homeUrl, logoUrl, authMethod, redirectUris, grants, scopes } = input
  return {
    ...(name === undefined ? {} : { name: readName(name) }),
    ...(homeUrl === undefined ? {} : { homeUrl: readPage('client_uri', homeUrl) }),
    ...(logoUrl === undefined ? {} : { logoUrl: readPage('logo_uri', logoUrl) }),
    ...(authMethod === undefined ? {} : { authMethod: readMethod(authMethod) }),
    ...(redirectUris === undefined ? {} : { redirectUris: readRedirects(redirectUris) }),
    ...(grants === undefined ? {} : { grants: readEach('grant_types', grants, clientGrants) }),
    ...(scopes === undefined ? {} : { scopes: readEach('scope', scopes, known) }),
  }
}

function readName(name: string): string {
  if (name.length > longestName) throw invalid('client_name', `may have ${longestName} characters`)
  if (unseemly.test(name)) throw invalid('client_name', 'must not contain control characters')
  return name.trim()
}

/** Shown as a link or a picture on the page that asks: nothing that runs, and nothing of the machine itself. */
function readPage(field: string, text: string | null): string | null {
  if (text === null || text === '') return null
  const url = text.length <= longestUri && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw invalid(field, `must be an http or https URL of at most ${longestUri} characters`)
  // As it was written, where reading it changes no more than to name the root.
  return url.href === `${text}/` ? text : url.href
}

function readMethod(method: string): ClientAuthMethod {
  const known = clientAuthMethods.find((each) => each === method)
  if (known === undefined) throw invalid('token_endpoint_auth_method', `must be one of ${clientAuthMethods.join(', ')}`)
  return known
}

const faults = {
  malformed: 'must be absolute and have one clear meaning',
  scheme: 'uses a scheme that is not allowed',
  fragment: 'must not have a fragment',
  insecure: 'must use https, except on localhost and loopback addresses',
} as const

function readRedirects(uris: readonly string[]): readonly string[] {
  if (uris.length === 0) throw invalid('redirect_uris', 'is required')
  if (uris.length > mostUris) throw invalid('redirect_uris', `may have ${mostUris} entries`)
  for (const uri of uris) {
    const fault = uri.length > longestUri ? 'malformed' : clientRedirectFault(uri)
    if (fault !== undefined) throw invalid('redirect_uris', `${uri.slice(0, 200)} ${faults[fault]}`)
  }
  return [...new Set(uris)]
}

function readEach<T extends string>(field: string, given: readonly string[], known: readonly T[]): readonly T[] {
  return [...new Set(given)].map((each) => {
    const found = known.find((name) => name === each)
    if (found === undefined) throw invalid(field, `${each.slice(0, 64)} is not supported`)
    return found
  })
}
