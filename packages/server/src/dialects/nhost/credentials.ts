import { z } from 'zod'
import type { JsonObject } from '../../core/users/user.ts'

const text = z.string().min(1).max(65_536)

/** What both kinds of credential have; what browsers add besides is theirs (WebAuthn Level 3 §5.1). */
const credential = {
  id: text,
  rawId: text,
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.unknown()).optional(),
  authenticatorAttachment: z.string().nullable().optional(),
} as const

/** A new credential, in its JSON form. */
export const made = z.looseObject({
  ...credential,
  response: z.looseObject({ clientDataJSON: text, attestationObject: text }),
})

/** A credential that was used, in its JSON form. */
export const proved = z.looseObject({
  ...credential,
  response: z.looseObject({
    clientDataJSON: text,
    authenticatorData: text,
    signature: text,
    userHandle: z.string().nullable().optional(),
  }),
})

/** What a browser makes a key with, as clients know it: the keys that are there by their ids, and no member that is empty. */
export function presentCreation(options: JsonObject): JsonObject {
  const { excludeCredentials, hints: _hints, extensions: _extensions, ...rest } = options
  const known = Array.isArray(excludeCredentials) ? (excludeCredentials as JsonObject[]) : []
  const named = known.map(({ id }) => ({ type: 'public-key', id }))
  return { ...rest, ...(named.length === 0 ? {} : { excludeCredentials: named }) }
}
