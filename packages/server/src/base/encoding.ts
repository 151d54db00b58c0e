/** Bytes as base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** Bytes as lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The 16 bytes as 8-4-4-4-12 hexadecimal groups: the shape of a UUID (RFC 9562 §4), whatever the bits. */
export function uuidShape(bytes: Uint8Array): string {
  const text = hex(bytes.subarray(0, 16))
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether the text has the shape of a UUID; a malformed id is treated like an unknown one. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuid.test(text)
}
