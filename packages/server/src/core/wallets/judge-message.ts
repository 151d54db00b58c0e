import { later } from '../../base/duration.ts'
import type { Redirects } from '../identifiers/redirect.ts'
import type { WalletMessage } from './wallet-message.ts'

/** Why a message does not count, although it is well formed and signed. */
export type MessageFault = 'not_https' | 'uri' | 'domain' | 'not_yet' | 'expired' | 'too_old' | 'too_new'

/**
 * What speaks against a signed message, or undefined: it was made for a page of ours, which its first line names to the
 * person who signs, and it was made just now.
 * @param on.seconds how far its making may lie from now
 */
export function judgeMessage(
  { domain, uri, notBefore, expiresAt, issuedAt }: WalletMessage,
  on: { readonly redirects: Redirects; readonly now: Date; readonly seconds: number },
): MessageFault | undefined {
  const { redirects, now, seconds } = on
  const { protocol, hostname, host } = new URL(uri)
  if (protocol !== 'https:' && hostname !== 'localhost') return 'not_https'
  if (!redirects.allows(uri).allowed) return 'uri'
  if (host !== domain) return 'domain'
  if (notBefore !== null && now < notBefore) return 'not_yet'
  if (expiresAt !== null && now >= expiresAt) return 'expired'
  if (now > later(issuedAt, seconds)) return 'too_old'
  return now < later(issuedAt, -seconds) ? 'too_new' : undefined
}
