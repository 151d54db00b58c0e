import type { Runtime } from '../../base/runtime.ts'

/** Characters that are hard to mistake for each other (RFC 4648 §6, lower case). */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
const length = 16
const count = 10

/** Ten codes of 80 bits each. */
export function drawRecoveryCodes(runtime: Pick<Runtime, 'randomBytes'>): string[] {
  return Array.from({ length: count }, () =>
    [...runtime.randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join(''),
  )
}

/** A code as typed, in the form it was handed out in: case, spaces and hyphens do not count. */
export function plainRecoveryCode(typed: string): string {
  return typed.replace(/[\s-]/g, '').toLowerCase()
}
