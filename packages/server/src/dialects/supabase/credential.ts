import type { JsonObject } from '../../core/users/user.ts'

/** Whether something has the form of what browsers answer (WebAuthn §5.1, `toJSON`), whatever it says. */
export function isCredential(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { id, rawId, type, response } = value as JsonObject
  return (
    [id, rawId].every((each) => typeof each === 'string' && /^[\w-]+$/.test(each)) &&
    type === 'public-key' &&
    typeof (response as JsonObject | null | undefined)?.['clientDataJSON'] === 'string'
  )
}
