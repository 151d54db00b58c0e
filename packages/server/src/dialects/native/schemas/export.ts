import { z } from 'zod'
import { auditEvent } from './admin.ts'
import { named, time } from './named.ts'
import { consent } from './oauth-client.ts'
import { accessKey, session, user } from './user.ts'

/** All that is kept about somebody. */
export const accountExport = named(
  'AccountExport',
  z.strictObject({
    exportedAt: time(),
    user,
    hasPassword: z.boolean(),
    passwordChangedAt: time().nullable(),
    invitedAt: time().nullable(),
    createdBy: z.strictObject({ dialect: z.string(), way: z.string() }),
    grants: z.array(consent).meta({ description: 'What was allowed to other applications.' }),
    sessions: z.array(session),
    accessKeys: z.array(accessKey),
    activity: z.array(auditEvent).meta({ description: 'What happened to the account, newest first.' }),
  }),
)
