import { z } from 'zod'
import { named } from '../schemas/named.ts'

const refreshToken = () =>
  z.string().max(512).optional().meta({ description: 'In cookie mode it comes from its cookie.' })

export const exchangeBody = named(
  'ExchangeCode',
  z.strictObject({
    code: z.string().max(512),
    codeVerifier: z.string().max(256).optional().meta({ description: 'Absent only for links of administrators.' }),
  }),
)
export const refreshBody = named(
  'Refresh',
  z.strictObject({
    refreshToken: refreshToken(),
    mayBeOlder: z.boolean().optional().meta({
      description:
        'Whether the caller may have a newer one, in another tab: refresh_token_overtaken says that there is one, and the session goes on. Default no: an older one ends it.',
    }),
  }),
)
export const signOutBody = named(
  'SignOut',
  z.strictObject({
    scope: z.enum(['this', 'others', 'all']).optional().meta({ description: 'Default this.' }),
    refreshToken: refreshToken(),
  }),
)
