import { isUtf8 } from 'node:buffer'
import { invalid, Refusal } from '../base/errors.ts'
import type { Fields } from './fields.ts'
import { parseFields } from './fields.ts'

/** How much a body may hold (S113). */
export interface BodyLimits {
  /** Bytes in all; default 1 MiB. */
  readonly bytes: number
  /** Objects and arrays inside each other; default 32. */
  readonly depth: number
  /** Keys of all objects together; default 1,000. */
  readonly keys: number
  /** Items of one array; default 10,000. */
  readonly items: number
}

export const defaultBodyLimits: BodyLimits = { bytes: 1_048_576, depth: 32, keys: 1000, items: 10_000 }

const none = new Uint8Array(0)

function badJson(reason: 'empty' | 'encoding' | 'syntax', message?: string): Refusal {
  return new Refusal('bad_json', { details: { reason }, ...(message === undefined ? {} : { message }) })
}

/** The refusal of a body beyond its limit. */
export function tooLarge(limits: BodyLimits): Refusal {
  return new Refusal('payload_too_large', {
    message: `The body is larger than ${limits.bytes} bytes.`,
    details: { limit: limits.bytes },
  })
}

/**
 * Refuses what need not even be read.
 * @throws `payload_too_large` by the declared length, `unsupported_media_type` for a compressed body.
 */
export function checkDeclared(encoding: string | undefined, length: string | undefined, limits: BodyLimits): void {
  if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported_media_type', { message: 'Send the body without Content-Encoding.' })
  }
  if (length !== undefined && Number(length) > limits.bytes) throw tooLarge(limits)
}

/** Gathers chunks up to the limit. @throws `payload_too_large` as soon as it is passed; the rest is never kept. */
export async function gather(chunks: AsyncIterable<Uint8Array> | undefined, limits: BodyLimits): Promise<Uint8Array> {
  if (!chunks) return none
  const kept: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > limits.bytes) throw tooLarge(limits)
    kept.push(chunk)
  }
  return kept.length === 1 ? (kept[0] ?? none) : Buffer.concat(kept)
}

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw badJson('encoding', 'The body is not valid UTF-8.')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw badJson('encoding', 'The body begins with a byte order mark. Send the JSON without it.')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

interface Walk {
  readonly limits: BodyLimits
  readonly checkText: boolean
  keys: number
}

function checkText(text: string): void {
  if (/\0|[\ud800-\udfff]/u.test(text)) throw invalid('body', 'text must not contain NUL or half a character')
}

function walk(value: unknown, depth: number, state: Walk): void {
  if (typeof value === 'string') {
    if (state.checkText) checkText(value)
    return
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalid('body', 'a number is too large')
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (depth >= state.limits.depth) throw invalid('body', `at most ${state.limits.depth} levels`)
  if (Array.isArray(value)) {
    if (value.length > state.limits.items) throw invalid('body', `at most ${state.limits.items} items in a list`)
    for (const item of value) walk(item, depth + 1, state)
    return
  }
  for (const [key, item] of Object.entries(value)) {
    state.keys += 1
    if (state.keys > state.limits.keys) throw invalid('body', `at most ${state.limits.keys} keys`)
    // JSON.parse makes it a plain key, but one later spread or assignment would change a prototype.
    if (key === '__proto__') throw invalid('body', '__proto__ is not a field')
    if (state.checkText) checkText(key)
    walk(item, depth + 1, state)
  }
}

/**
 * Reads JSON (RFC 8259) strictly: UTF-8 without byte order mark, within the limits, no NUL, half surrogate pair or number
 * beyond the range of a double. Of duplicate keys the last one counts. `constructor` and `prototype` are plain keys.
 * @throws `bad_json` (details.reason `empty`, `encoding`, `syntax`) or `validation_failed`.
 */
export function parseJson(bytes: Uint8Array, limits: BodyLimits): unknown {
  if (bytes.byteLength === 0) throw badJson('empty', 'The body is empty.')
  const text = decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message quotes the body, which may hold a secret, so it is dropped.
    throw badJson('syntax')
  }
  // Valid UTF-8 can bring NUL and half pairs into a JSON text only by way of an escape.
  walk(value, 0, { limits, checkText: text.includes('\\u'), keys: 0 })
  return value
}

/** Reads an `application/x-www-form-urlencoded` body. @throws `validation_failed` for bad UTF-8 or too many fields. */
export function parseForm(bytes: Uint8Array, limits: BodyLimits): Fields {
  if (!isUtf8(bytes)) throw invalid('body', 'must be UTF-8')
  const text = decode(bytes)
  let separators = 0
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) separators += 1
  if (separators >= limits.keys) throw invalid('body', `at most ${limits.keys} fields`)
  return parseFields(text)
}
