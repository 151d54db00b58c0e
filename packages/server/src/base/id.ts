import { uuidShape } from './encoding.ts'
import type { Runtime } from './runtime.ts'

/** A new UUIDv7 (RFC 9562 §5.7): ordered by time, so that indexes grow at one end. */
export function newId(runtime: Pick<Runtime, 'now' | 'randomBytes'>): string {
  const bytes = runtime.randomBytes(16)
  const ms = runtime.now().getTime()
  bytes.writeUIntBE(ms, 0, 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return uuidShape(bytes)
}
