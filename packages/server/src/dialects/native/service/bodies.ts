import { z } from 'zod'
import { pageFields } from '../schemas/inputs.ts'

const { limit } = pageFields()

export const inboxQuery = z.strictObject({
  limit,
  to: z.string().max(254).optional(),
  after: z.string().max(64).optional().meta({ description: 'Newer than this message or time.' }),
})
