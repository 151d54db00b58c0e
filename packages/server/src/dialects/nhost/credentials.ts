import { z } from 'zod'

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
