import { isObject } from '../base/encoding.ts'
import type { Runtime } from '../base/runtime.ts'
import type { SessionManager } from '../session/session-manager.ts'

/** `fetch` with the access token, to listed origins alone. */
export function createAuthorisedFetch({
  runtime,
  sessions,
  origins,
}: {
  readonly runtime: Runtime
  readonly sessions: SessionManager
  readonly origins: readonly string[]
}): typeof globalThis.fetch {
  const isListed = (address: string): boolean => {
    const here = runtime.page?.href()
    const { origin } = new URL(address, here)
    return origins.includes(origin) || (here !== undefined && new URL(here).origin === origin)
  }

  return async (input, init) => {
    const given = input instanceof Request ? input : undefined
    const token = isListed(given?.url ?? String(input)) ? await sessions.accessToken() : null
    const stamp = sessions.stamp()
    if (token === null || stamp === null) return runtime.fetch(input, init)
    const once = (bearer: string) => {
      const request = new Request(given?.clone() ?? input, init)
      request.headers.set('authorization', `Bearer ${bearer}`)
      return runtime.fetch(request)
    }
    const response = await once(token)
    // What can be read only once cannot be sent again.
    if (init?.body instanceof ReadableStream || !(await saysBadToken(response))) return response
    await sessions.renew(stamp)
    const next = await sessions.accessToken()
    return next === null ? response : once(next)
  }
}

/** Only our own server's word counts: another one's 401 is its own business. */
async function saysBadToken(response: Response): Promise<boolean> {
  if (response.status !== 401 || !response.headers.get('content-type')?.includes('json')) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return isObject(body) && body['code'] === 'bad_jwt' && typeof body['requestId'] === 'string'
}
