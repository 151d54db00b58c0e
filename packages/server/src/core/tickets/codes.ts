import type { Runtime } from '../../base/runtime.ts'
import { type OneTimeCode, secret } from '../../base/secrets.ts'

/** A uniformly random code of `length` digits, leading zeros kept. Values beyond the last whole range are drawn again. */
export function drawCode(runtime: Pick<Runtime, 'randomBytes'>, length: number): OneTimeCode {
  const range = 10 ** length
  const limit = Math.floor(2 ** 48 / range) * range
  for (;;) {
    const drawn = runtime.randomBytes(6).readUIntBE(0, 6)
    if (drawn < limit) return secret(String(drawn % range).padStart(length, '0'))
  }
}
