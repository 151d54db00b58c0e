/** Tokens that a complete sign-in hands out. */
export interface Tokens {
  readonly access: string
  readonly refresh: string
}

/** An answer, whatever dialect it came in. */
export interface Reply {
  readonly status: number
  /** The error code, in the dialect's own place for it. */
  readonly code: string | undefined
  readonly body: Readonly<Record<string, unknown>>
  readonly text: string
  readonly headers: Headers
  readonly tokens: Tokens | undefined
  /** The handle of an unfinished flow, where the dialect has one. */
  readonly attempt: string | undefined
}

export interface Send {
  readonly method?: string
  readonly body?: unknown
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one request and reads the whole answer. Redirects are answers too. */
export async function send(url: string, { method = 'POST', body, token, headers = {} }: Send = {}): Promise<Reply> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return replyOf(response.status, response.headers, await response.text())
}

export function replyOf(status: number, headers: Headers, text: string): Reply {
  const body = objectOf(text)
  const code = textOf(body['error_code']) ?? textOf(body['code'])
  return {
    status,
    headers,
    text,
    body,
    code: status >= 400 ? code : undefined,
    tokens: tokensOf(body),
    attempt: textOf(objectIn(body, 'attempt')['token']),
  }
}

/** A member of an answer that is an object; empty where it is none. */
export function objectIn(body: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const value = body[name]
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function tokensOf(body: Record<string, unknown>): Tokens | undefined {
  const inside = objectIn(body, 'tokens')
  const access = textOf(body['access_token']) ?? textOf(inside['accessToken'])
  const refresh = textOf(body['refresh_token']) ?? textOf(inside['refreshToken'])
  return access === undefined || refresh === undefined ? undefined : { access, refresh }
}

/** A status and its code as one text, for lists of outcomes. */
export function outcome({ status, code }: Reply): string {
  return code === undefined ? String(status) : `${status} ${code}`
}

/** How often each outcome occurs. */
export function tally(replies: readonly Reply[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const reply of replies) counts[outcome(reply)] = (counts[outcome(reply)] ?? 0) + 1
  return counts
}
