import { Refusal, type RefusalDetails } from '../base/errors.ts'
import type { ClientCredentials } from '../flows/oauth/authenticate-client.ts'
import type { Exchange } from '../http/exchange.ts'

const scheme = /^basic +([A-Za-z0-9+/_=-]{1,2048})$/i

/**
 * What an application shows for itself: by HTTP Basic, its parts encoded as in a form (RFC 6749 §2.3.1), or in the body;
 * never both. Undefined where it names itself nowhere.
 * @param body reads a field of the body
 * @throws Refusal `oauth_refused` (`invalid_request`), with `details.reason` `unreadable` for a header that is none, and
 * `details.part` `encoding` or `format`
 */
export function clientCredentials(
  exchange: Exchange,
  body: (name: 'client_id' | 'client_secret') => string | undefined,
): ClientCredentials | undefined {
  const id = body('client_id')
  const secret = body('client_secret')
  const given = exchange.header('authorization')
  const basic = given === undefined ? undefined : readBasic(given)
  if (basic === undefined) {
    if (id === undefined) return undefined
    return { id, secret, method: secret === undefined ? 'none' : 'client_secret_post' }
  }
  if (secret !== undefined || (id !== undefined && id !== basic.id))
    throw refused('Client credentials must be sent in one way only')
  return { ...basic, method: 'client_secret_basic' }
}

function readBasic(header: string): { readonly id: string; readonly secret: string | undefined } | undefined {
  // Clients attach the bearer token of whoever is signed in to every request; it says nothing about the application.
  if (!/^basic\b/i.test(header)) return undefined
  const encoded = scheme.exec(header)?.[1]
  if (encoded === undefined) throw unreadable('encoding')
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) throw unreadable('format')
  return { id: decoded(text.slice(0, colon)), secret: decoded(text.slice(colon + 1)) || undefined }
}

function decoded(part: string): string {
  try {
    const text = decodeURIComponent(part.replaceAll('+', ' '))
    // Anywhere else it is refused as well; no store can look for it.
    if (!text.includes('\0')) return text
  } catch {
    // What is no form encoding is refused like it.
  }
  throw unreadable('format')
}

const refused = (message: string, more: RefusalDetails = {}) =>
  new Refusal('oauth_refused', { message, details: { oauthError: 'invalid_request', ...more } })
const unreadable = (part: 'encoding' | 'format') =>
  refused('The Authorization header cannot be read', { reason: 'unreadable', part })
