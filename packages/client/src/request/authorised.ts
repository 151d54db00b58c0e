import { AuthError, isAuthError } from '../base/auth-error.ts'
import type { SessionManager } from '../session/session-manager.ts'
import type { Call, Send } from './request.ts'

/** Sends a call as whoever is signed in. @throws AuthError `not_signed_in` too */
export type Authorised = <T>(call: Call, more?: { readonly optional?: boolean }) => Promise<T>

const ended: readonly string[] = ['session_not_found', 'user_banned']

export function createAuthorised({
  send,
  sessions,
  inCookies,
}: {
  readonly send: Send
  readonly sessions: SessionManager
  readonly inCookies: boolean
}): Authorised {
  const bearer = async () => (inCookies ? null : sessions.accessToken())

  return async <T>(call: Call, { optional = false } = {}): Promise<T> => {
    const token = await bearer()
    const stamp = sessions.stamp()
    if (stamp === null && !optional) throw new AuthError('not_signed_in')
    try {
      return await send<T>({ ...call, bearer: token })
    } catch (error) {
      if (!isAuthError(error) || stamp === null) throw error
      if (ended.includes(error.code) && sessions.stamp() === stamp) await sessions.clear(error.code)
      if (error.code !== 'bad_jwt') throw error
      await sessions.renew(stamp)
      return send<T>({ ...call, bearer: await bearer() })
    }
  }
}
