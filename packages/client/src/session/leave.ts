import { AuthError, isAuthError } from '../base/auth-error.ts'
import { parsedObject } from '../base/encoding.ts'
import type { Send } from '../request/request.ts'
import type { SessionManager } from './session-manager.ts'
import type { SessionStorage } from './session-storage.ts'

export interface Leaving {
  /** Signs out: here first, then there. @throws AuthError where the server cannot be told; it is told at the next start */
  leave(scope: 'this' | 'all'): Promise<void>
  /** Tells the server what it could not be told before. */
  catchUp(): Promise<void>
}

export function createLeaving({
  send,
  sessions,
  storage,
  key,
  inCookies,
}: {
  readonly send: Send
  readonly sessions: SessionManager
  readonly storage: SessionStorage
  readonly key: string
  readonly inCookies: boolean
}): Leaving {
  const tell = (body: object, bearer: string | null = null) =>
    send<null>({ method: 'POST', path: '/sign-out', body, bearer, timeout: 8_000 })

  return {
    async leave(scope) {
      const held = await sessions.clear(null)
      if (held === null && !inCookies) return
      const refreshToken = held?.tokens?.refreshToken ?? undefined
      const body = { scope, refreshToken }
      // A session without a refresh token is named by its access token; one in cookies by those.
      const bearer = refreshToken === undefined ? (held?.tokens?.accessToken ?? null) : null
      try {
        await tell(body, bearer)
      } catch (error) {
        if (!isAuthError(error) || error.status === 401) return
        // Whoever is named by nothing else cannot be named later.
        if (refreshToken) await storage.set(key, JSON.stringify(body))
        throw new AuthError(error.code, { message: `Signed out here. ${error.message}`, status: error.status })
      }
    },
    async catchUp() {
      const body = parsedObject(await storage.get(key))
      if (!body['refreshToken']) return
      try {
        await tell(body)
      } catch (error) {
        if (isAuthError(error) && error.status === 0) return
      }
      await storage.remove(key)
    },
  }
}
