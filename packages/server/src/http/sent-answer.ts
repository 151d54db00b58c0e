import type { Answer, AnswerHeaders } from './answer.ts'
import { headerValue, locationValue } from './header-value.ts'

/** An answer in the form in which a server writes it. Header names are lower case. */
export interface SentAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | null
}

/** What goes with every answer to this request. */
export interface Surroundings {
  readonly requestId: string
  /** Whether the public origin is https. */
  readonly https: boolean
  readonly cors: Readonly<Record<string, string>> | undefined
  readonly added: AnswerHeaders | undefined
  /** HEAD: the headers of the answer without its body. */
  readonly bodiless: boolean
}

type Content = { readonly type: string | undefined; readonly body: SentAnswer['body'] }

function contentOf(answer: Answer): Content {
  if (answer.body !== undefined) {
    return { type: 'application/json; charset=utf-8', body: JSON.stringify(answer.body) ?? 'null' }
  }
  if (answer.html !== undefined) return { type: 'text/html; charset=utf-8', body: answer.html }
  if (answer.text !== undefined) return { type: 'text/plain; charset=utf-8', body: answer.text }
  if (answer.bytes !== undefined) return { type: 'application/octet-stream', body: answer.bytes }
  if (answer.stream !== undefined) return { type: 'application/octet-stream', body: answer.stream }
  return { type: undefined, body: null }
}

function withCharset(type: string): string {
  return type.startsWith('text/') && !type.includes('charset=') ? `${type}; charset=utf-8` : type
}

function put(headers: SentAnswer['headers'], name: string, value: string | readonly string[]): void {
  const before = headers[name]
  if (name === 'set-cookie') {
    const more = typeof value === 'string' ? [value] : value
    headers[name] = [...(before === undefined ? [] : [before].flat()), ...more.map(headerValue)]
    return
  }
  const text = headerValue(typeof value === 'string' ? value : value.join(', '))
  if (name === 'vary') headers[name] = `${before ?? ''}, ${text}`
  else if (name === 'content-type') headers[name] = withCharset(text)
  else if (name === 'location') headers[name] = locationValue(text)
  else headers[name] = text
}

function putAll(headers: SentAnswer['headers'], more: AnswerHeaders | undefined): void {
  if (!more) return
  for (const name in more) {
    const value = more[name]
    if (value !== undefined) put(headers, name.toLowerCase(), value)
  }
}

function putPageHeaders(headers: SentAnswer['headers']): void {
  headers['referrer-policy'] = 'no-referrer'
  headers['content-security-policy'] =
    "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
}

function putLength(headers: SentAnswer['headers'], body: SentAnswer['body']): void {
  if (body === null) headers['content-length'] = '0'
  else if (typeof body === 'string') headers['content-length'] = String(Buffer.byteLength(body))
  else if (body instanceof Uint8Array) headers['content-length'] = String(body.byteLength)
}

/** Puts an answer and its surroundings together, every header at once (S112). */
export function sentAnswer(answer: Answer, around: Surroundings): SentAnswer {
  const { type, body } = contentOf(answer)
  const headers: SentAnswer['headers'] = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': around.requestId,
    vary: 'Origin',
  }
  if (type !== undefined) headers['content-type'] = type
  if (around.https) headers['strict-transport-security'] = 'max-age=31536000'
  if (around.cors) Object.assign(headers, around.cors)
  if (answer.html !== undefined) putPageHeaders(headers)
  if (answer.redirect !== undefined) {
    headers['location'] = locationValue(answer.redirect)
    headers['referrer-policy'] = 'no-referrer'
  }
  putAll(headers, around.added)
  putAll(headers, answer.headers)
  // A cache that keeps an answer with a cookie gives one person's cookie to the next (S148).
  if (headers['set-cookie'] !== undefined) headers['cache-control'] = 'no-store'
  const bare = answer.status === 204 || answer.status === 304
  if (bare) delete headers['content-type']
  else putLength(headers, body)
  if (around.bodiless) void answer.stream?.cancel()
  return { status: answer.status, headers, body: bare || around.bodiless ? null : body }
}

/** The same as a web-standard response. */
export function responseOf(sent: SentAnswer): Response {
  const headers = new Headers()
  for (const [name, value] of Object.entries(sent.headers)) {
    for (const one of [value].flat()) headers.append(name, one)
  }
  return new Response(sent.body, { status: sent.status, headers })
}
