import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** SHA-256 of text or bytes. Enough for secrets of 128 bits and more; shorter ones need {@link hmacSha256}. */
export function sha256(input: string | Uint8Array): Buffer {
  return createHash('sha256').update(input).digest()
}

/** HMAC-SHA-256 (RFC 2104) over the parts, each preceded by its length so that parts cannot run into each other. */
export function hmacSha256(key: Uint8Array, ...parts: (string | Uint8Array)[]): Buffer {
  const mac = createHmac('sha256', key)
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    mac.update(length).update(bytes)
  }
  return mac.digest()
}

/** Compares two byte strings in time that depends on their length alone. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Compares two texts of any length without telling where they differ. */
export function sameText(a: string, b: string): boolean {
  return sameBytes(sha256(a), sha256(b))
}
