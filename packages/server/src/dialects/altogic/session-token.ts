import { secondsUntil } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Device, Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Grant } from '../../flows/session/open.ts'
import { refuseBelowReach } from '../../gate/level.ts'
import { crossSiteCookie } from '../../http/cookies.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Exchange } from '../../http/exchange.ts'
import { newKey } from '../../http/key.ts'
import type { Gate } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'

const cookieName = 'session_token'

/** Who is signed in, and with what token. */
export interface Holder {
  readonly user: User
  readonly session: Session
  readonly token: string
}

/** Where {@link holdsSession} leaves whom it found. */
export const holderKey = newKey<Holder>('session-holder')

/** Lets through whoever shows a session token that stands: in the `Session` header, or in the cookie from a listed page. */
export function holdsSession(at: Altogic, allowsOrigin: (origin: string) => boolean): Gate {
  const fromListedPage = sameOriginOrListed(allowsOrigin)
  return async (exchange) => {
    const header = exchange.header('session')
    if (header === undefined && exchange.cookies().get(cookieName) !== undefined && exchange.method !== 'GET')
      await fromListedPage(exchange)
    const token = header ?? exchange.cookies().get(cookieName)
    if (token === undefined || token === '') throw new Refusal('no_authorization')
    exchange.set(holderKey, { ...(await holderOf(at, exchange, token)), token })
  }
}

/** Stands after {@link holdsSession}: a session that owes a second factor gets no further. @throws Refusal `insufficient_aal` */
export const holderAtReach: Gate = (exchange) => refuseBelowReach(exchange.need(holderKey))

async function holderOf({ core, callerOf }: Altogic, exchange: Exchange, token: string) {
  const { userAgent, ip } = callerOf(exchange)
  const found = await findHolder(core, token, { userAgent, ip })
  if (found === undefined) throw new Refusal('session_not_found')
  return found
}

/**
 * The standing session of a token and its user, unless they are banned. Clients of this dialect know no personal access
 * tokens and nobody who acts for somebody, so a session that either has opened is none here.
 */
export async function findHolder(
  core: Core,
  token: string,
  device: Device,
): Promise<Omit<Holder, 'token'> | undefined> {
  const found = token.length > 256 ? undefined : await core.sessions.findByUnchanged(token, device)
  const { bannedUntil } = found?.user ?? {}
  if (found?.session.accessKeyId != null || found?.session.actorId != null) return undefined
  return bannedUntil != null && bannedUntil > core.runtime.now() ? undefined : found
}

/** Puts a session that was opened into the cookie that server-rendered applications read. */
export function setSessionCookie({ core }: Altogic, exchange: Exchange, { session, refreshToken }: Grant): void {
  const maxAge = secondsUntil(core.runtime.now(), session.endsAt)
  exchange.addHeader('set-cookie', crossSiteCookie(cookieName, refreshToken, { maxAge }))
}

export function clearSessionCookie(exchange: Exchange): void {
  exchange.addHeader('set-cookie', crossSiteCookie(cookieName, '', { maxAge: 0 }))
}
