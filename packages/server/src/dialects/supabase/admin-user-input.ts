import { later } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import type { AdminUserInput } from '../../flows/admin/create-user.ts'
import { goSeconds } from './go-duration.ts'
import type { Body } from './parse.ts'
import { fault } from './refuse.ts'

/** What an administrator says about a user, in the fields that creating and changing share. */
export function readAdminUser(body: Body, now: Date): AdminUserInput {
  return {
    email: body.email(),
    phone: body.phone(),
    emailConfirmed: body.flag('email_confirm'),
    phoneConfirmed: body.flag('phone_confirm'),
    metadata: body.object('user_metadata'),
    appMetadata: body.object('app_metadata'),
    role: body.text('role'),
    bannedUntil: readBan(body.text('ban_duration'), now),
  }
}

function readBan(text: string | undefined, now: Date): Date | null | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return null
  const seconds = goSeconds(text)
  if (seconds === undefined) throw fault(`invalid format for ban duration: ${text.slice(0, 64)}`)
  return seconds === 0 ? null : later(now, seconds)
}

const nil = '00000000-0000-0000-0000-000000000000'

/** The id a new user is to have, if any. */
export function readUserId(body: Body): string | undefined {
  const id = body.text('id')
  if (id === undefined) return undefined
  if (id === nil) throw fault('ID cannot be a nil uuid')
  if (!isUuid(id)) throw fault('ID must conform to the uuid v4 format')
  return id.toLowerCase()
}
