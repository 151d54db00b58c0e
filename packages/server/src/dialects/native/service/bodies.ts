import { z } from 'zod'
import { captchaPlaces } from '../../../core/captcha/captcha-places.ts'
import { pageFields } from '../schemas/inputs.ts'

const { limit } = pageFields()

export const challengeQuery = z.strictObject({
  for: z.enum(captchaPlaces).optional().meta({ description: 'What alone its solution is good for.' }),
})

export const inboxQuery = z.strictObject({
  limit,
  to: z.string().max(254).optional(),
  after: z.string().max(64).optional().meta({ description: 'Newer than this message or time.' }),
})
