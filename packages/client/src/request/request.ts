import { AuthError, type ErrorCode } from '../base/auth-error.ts'
import { isObject, parsed } from '../base/encoding.ts'
import type { Runtime } from '../base/runtime.ts'

/** One call of the native API. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/v1`. */
  readonly path: string
  readonly body?: object | undefined
  readonly query?: Readonly<Record<string, unknown>> | undefined
  readonly bearer?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds until it is given up; default 30 s. */
  readonly timeout?: number
  /** What to do with an answer that is no JSON; default none is expected. */
  readonly raw?: boolean
}

/** Sends a call and reads its answer. @throws AuthError */
export type Send = <T>(call: Call) => Promise<T>

export interface Destination {
  readonly runtime: Runtime
  /** Public address of the server, without a path of ours. */
  readonly origin: string
  readonly key?: string | undefined
  readonly inCookies: boolean
  readonly locale?: string | undefined
}

/** The one place that speaks to the network. */
export function createSend({ runtime, origin, key, inCookies, locale }: Destination): Send {
  const headersOf = ({ bearer, body, method, headers }: Call) =>
    given({
      'content-type': body === undefined && method === 'GET' ? null : 'application/json',
      authorization: bearer ? `Bearer ${bearer}` : null,
      'watchword-key': key,
      'watchword-session': inCookies ? 'cookie' : null,
      'accept-language': locale,
      ...headers,
    })

  const exchange = (call: Call, signal: AbortSignal): Promise<Response> =>
    runtime.fetch(addressOf(origin, call), {
      method: call.method,
      headers: headersOf(call),
      signal,
      // Some runtimes without pages know neither of these and refuse them.
      ...(runtime.page === undefined ? {} : { credentials: inCookies ? 'include' : 'omit', cache: 'no-store' }),
      body: call.method === 'GET' ? null : JSON.stringify(call.body ?? {}),
    })

  return async <T>(call: Call): Promise<T> => {
    const abort = new AbortController()
    const stop = runtime.after(call.timeout ?? 30_000, () => abort.abort())
    try {
      const response = await exchange(call, abort.signal)
      if (call.raw && response.ok) return response as T
      return read<T>(response, await response.text())
    } catch (cause) {
      if (cause instanceof AuthError) throw cause
      throw new AuthError(abort.signal.aborted ? 'timeout' : 'network_error', { cause })
    } finally {
      stop()
    }
  }
}

/** Where a call goes. @param origin of the server */
export function addressOf(origin: string, { path, query = {} }: Pick<Call, 'path' | 'query'>): string {
  const fields = new URLSearchParams(given(query)).toString()
  return `${origin}/v1${path}${fields && `?${fields}`}`
}

/** The fields that have a value. */
const given = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Record<string, string>

function read<T>({ url, status, ok, headers }: Response, text: string): T {
  const body = text === '' ? null : parsed(text)
  if (ok && body !== undefined) return body as T
  const requestId = headers.get('x-request-id')
  if (!isObject(body) || typeof body['code'] !== 'string') {
    const hint = `Is it Watchword that answers ${status} at ${url}?`
    throw new AuthError('bad_answer', { status, requestId, details: { hint } })
  }
  throw new AuthError(body['code'] as ErrorCode, {
    status,
    requestId,
    message: body['message'] as string,
    details: isObject(body['details']) ? body['details'] : {},
    retryAfter: typeof body['retryAfter'] === 'number' ? body['retryAfter'] : null,
  })
}
