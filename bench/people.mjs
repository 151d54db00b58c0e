import { createHash } from 'node:crypto'

// Everything about a seeded person follows from their number, so that no list has to travel between processes.

const hex = (value, digits) => value.toString(16).padStart(digits, '0')
const firstMs = 1_700_000_000_000

const idOf = (kind) => (n) => {
  const time = hex(firstMs + n, 12)
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-${kind}000-${hex(n, 12)}`
}
export const userId = idOf('8')
export const sessionId = idOf('9')
export const email = (n) => `person${n}@bench.test`
export const password = 'correct horse battery'

/** An address of one's own for everybody: limits count by network, and load comes from many. */
export const address = (n) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`

export function firstRefreshToken(n) {
  const text = createHash('md5').update(`refresh ${n}`).digest('hex')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}

/** The same in SQL, for `generate_series(…) n`. */
export const idInSql = (kind) =>
  `overlay(lpad(to_hex(${firstMs} + n), 12, '0') placing '-' from 9 for 0)::text || '-7000-${kind}000-' || lpad(to_hex(n), 12, '0')`
export const refreshTokenInSql = `md5('refresh ' || n)::uuid::text`
