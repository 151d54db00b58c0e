import type { PageNeeds } from './csp.ts'
import { contentSecurityPolicy } from './csp.ts'
import { locationValue } from './header-value.ts'
import type { Html } from './html.ts'
import { markupOf } from './html.ts'

/** Header fields of an answer; names in any case, a list for a field that is sent several times. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>

/**
 * What a handler answers. At most one of `body`, `html`, `text`, `bytes` and `stream`; none means an empty answer.
 * `body` is sent as JSON (`null` is a value). A `content-type` among the headers beats the usual one.
 */
export interface Answer {
  readonly status: number
  readonly headers?: AnswerHeaders
  readonly body?: unknown
  readonly html?: string
  readonly text?: string
  readonly bytes?: Uint8Array
  readonly stream?: ReadableStream<Uint8Array>
  /** Becomes the `Location` header, encoded (S116). */
  readonly redirect?: string
}

/** JSON with a status. */
export function json(status: number, body: unknown, headers?: AnswerHeaders): Answer {
  return headers === undefined ? { status, body } : { status, body, headers }
}

/** 204: done, nothing to say. */
export function noContent(headers?: AnswerHeaders): Answer {
  return headers === undefined ? { status: 204 } : { status: 204, headers }
}

/** Sends the browser on. @param location is encoded, not judged: check it against the list of allowed places first. */
export function redirectTo(status: 301 | 302 | 303 | 307 | 308, location: string, headers?: AnswerHeaders): Answer {
  const redirect = locationValue(location)
  return headers === undefined ? { status, redirect } : { status, redirect, headers }
}

/** Plain text in UTF-8. */
export function text(status: number, content: string, headers?: AnswerHeaders): Answer {
  return headers === undefined ? { status, text: content } : { status, text: content, headers }
}

/** A page under a strict Content-Security-Policy. Status 200 by default. */
export function page(
  content: Html,
  more: { readonly status?: number; readonly needs?: PageNeeds; readonly headers?: AnswerHeaders } = {},
): Answer {
  return {
    status: more.status ?? 200,
    html: markupOf(content),
    headers: { ...more.headers, 'content-security-policy': contentSecurityPolicy(more.needs) },
  }
}
