import { unixSeconds } from '../../base/duration.ts'
import type { JsonObject, User } from '../users/user.ts'

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const given = (name: string, value: string | undefined): JsonObject => (value === undefined ? {} : { [name]: value })

/**
 * What an application may know of somebody, in the standard's claims (OpenID Connect Core 1.0 §5.1, §5.4). An address comes
 * with whether it is proved; of a name or picture nobody gave there is no claim.
 */
export function profileClaims(user: User, scopes: readonly string[]): JsonObject {
  const may = new Set(scopes)
  return {
    ...(may.has('profile') ? aboutPerson(user) : {}),
    ...(may.has('email') && user.email !== null
      ? { email: user.email, email_verified: user.emailConfirmedAt !== null }
      : {}),
    ...(may.has('phone') && user.phone !== null
      ? { phone_number: user.phone, phone_number_verified: user.phoneConfirmedAt !== null }
      : {}),
  }
}

function aboutPerson({ displayName, avatarUrl, locale, metadata, updatedAt }: User): JsonObject {
  const said = (name: string) => text(metadata[name])
  return {
    ...given('name', text(displayName) ?? said('name') ?? said('full_name')),
    ...given('picture', avatarUrl ?? said('picture') ?? said('avatar_url')),
    ...given('preferred_username', said('preferred_username') ?? said('username')),
    ...given('locale', text(locale)),
    updated_at: unixSeconds(updatedAt),
  }
}
