import { z } from 'zod'
import { id, jsonObject, named, time } from './named.ts'

/** Something that happened to an account, as its devices are told. */
export const userEvent = named(
  'UserEvent',
  z.strictObject({
    id: id(),
    at: time(),
    userId: id(),
    sessionId: id()
      .nullable()
      .meta({ description: 'The session that was opened or ended, or the one the change was made in.' }),
    type: z.enum([
      'session.opened',
      'session.ended',
      'session.elevated',
      'user.updated',
      'user.deleted',
      'user.banned',
      'password.changed',
      'email.changed',
      'phone.changed',
      'factor.added',
      'factor.removed',
      'access_key.created',
      'access_key.revoked',
    ]),
    data: jsonObject().meta({
      description: 'Of a session its `device` and `dialect`, of a factor its `factorId` and `type`, otherwise nothing.',
    }),
  }),
)
