import { unixSeconds } from '../../base/duration.ts'
import type { Grant } from '../../flows/session/open.ts'
import { presentTokens } from './present.ts'

/** A place with a session in its fragment, in alphabetical order, for whoever left no challenge. */
export function withTokens(place: string, grant: Grant, more: Readonly<Record<string, string>> = {}): string {
  const facts = new URLSearchParams({
    access_token: grant.accessToken,
    expires_at: String(unixSeconds(grant.expiresAt)),
    expires_in: String(grant.expiresIn),
    ...more,
    ...presentTokens(grant),
    refresh_token: grant.refreshToken,
    sb: '',
    token_type: 'bearer',
  })
  facts.sort()
  return `${place}#${facts}`
}
