import type { AuthorizationServer } from './server.ts'

/** Where an answer goes. */
interface Asked {
  readonly redirectUri: string
  readonly state: string | null
}

/**
 * The application's place of return with an answer in its query (RFC 6749 §4.1.2), and who answers (RFC 9207). The place is
 * left exactly as it was registered.
 */
export function answerTo(
  { issuer }: Pick<AuthorizationServer, 'issuer'>,
  { redirectUri, state: echoed }: Asked,
  answer: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({ ...answer, ...(echoed === null ? {} : { state: echoed }), iss: issuer })
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}
