import { z } from 'zod'
import { isOrdinaryTime } from '../../base/duration.ts'
import { createAccessKey } from '../../flows/account/access-keys.ts'
import { signInWithAccessKey } from '../../flows/sign-in/with-access-key.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { field, readBody } from './parse.ts'
import { presentSession } from './present.ts'

const createBody = z.strictObject({
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .refine(isOrdinaryTime, 'must be a time of the years 1 to 9999'),
  metadata: field.metadata.optional(),
})

/** POST /pat: a personal access token, shown once. */
export function postPat(at: Nhost): Handler {
  return async (exchange) => {
    const { expiresAt, metadata = {} } = await readBody(exchange, createBody)
    const asked = {
      ...somebody(exchange),
      name: '',
      scopes: null,
      metadata,
      expiresAt,
      form: 'uuid' as const,
    }
    const { key, text } = await createAccessKey(at.core, at.callerOf(exchange), asked)
    return json(200, { id: key.id, personalAccessToken: text })
  }
}

const signInBody = z.strictObject({ personalAccessToken: field.uuid })

/** POST /signin/pat */
export function postSignInPat(at: Nhost): Handler {
  return async (exchange) => {
    const { personalAccessToken } = await readBody(exchange, signInBody)
    const granted = await signInWithAccessKey(at.core, at.callerOf(exchange), {
      text: personalAccessToken,
      renews: true,
    })
    return json(200, { session: presentSession(granted, at.options) })
  }
}
