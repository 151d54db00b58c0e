import type { Runtime } from './runtime.ts'

/** base64url without padding (RFC 4648 §5). */
export function toBase64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @throws when the text is no base64url */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
}

/** The JSON inside base64url, if it is an object. */
export function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(fromBase64url(text)))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The value that a text is in JSON; nothing where it is none. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** The object that a text is in JSON; an empty one where it is anything else. */
export function parsedObject(text: string | null): Record<string, unknown> {
  const value = parsed(text)
  return isObject(value) ? value : {}
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A short text that nobody else will make. */
export function randomTag({ random }: Pick<Runtime, 'random'>, length: number): string {
  return toBase64url(random(length))
}

/** How ids look, and codes that a redirect brings back. */
export const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An id as a part of a path. @throws TypeError when it is none, before anything is sent */
export function idPart(id: string): string {
  if (typeof id !== 'string' || !uuid.test(id)) throw new TypeError('This is not an id.')
  return id
}
