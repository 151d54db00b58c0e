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
    const own = runtime.page === undefined ? undefined : new URL(runtime.page.href()).origin
    const { origin } = new URL(address, runtime.page?.href())
    return origin === own || origins.includes(origin)
  }

  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    const token = isListed(address) ? await sessions.accessToken() : null
    const stamp = sessions.stamp()
    if (token === null || stamp === null) return runtime.fetch(input, init)
    const once = (bearer: string) => {
      const request = new Request(input instanceof Request ? input.clone() : input, init)
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
  if (response.status !== 401 || response.headers.get('content-type')?.includes('json') !== true) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return isObject(body) && body['code'] === 'bad_jwt' && typeof body['requestId'] === 'string'
}
