/** What came back, read to its end. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown
  readonly ms: number
}

export interface Sending {
  readonly method?: string
  /** Sent as JSON with its content type. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly raw?: string | Uint8Array
  readonly bearer?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends one request and follows no redirect. POST where there is a body, else GET, unless said otherwise. */
export async function send(url: string, sending: Sending = {}): Promise<Reply> {
  const { json, raw, bearer, headers = {} } = sending
  const body = json === undefined ? raw : JSON.stringify(json)
  const started = performance.now()
  const response = await fetch(url, {
    method: sending.method ?? (body === undefined ? 'GET' : 'POST'),
    redirect: 'manual',
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: body as string }),
  })
  const text = await textOf(response)
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: parsed(text),
    ms: performance.now() - started,
  }
}

/** All of it; a stream that goes on as long as its session is left at once. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) return response.text()
  await response.body?.cancel()
  return ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A member deep inside a body, by own properties alone. */
export function at(body: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    return (value as Record<string | number, unknown>)[key]
  }, body)
}

/** The same, which must be text. */
export function textAt(body: unknown, ...path: readonly (string | number)[]): string {
  const value = at(body, ...path)
  if (typeof value !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(body)}`)
  return value
}

/** The error code of an answer in either dialect. */
export function codeOf({ body }: Pick<Reply, 'body'>): string | undefined {
  const code = at(body, 'error_code') ?? at(body, 'code')
  return typeof code === 'string' ? code : undefined
}

/** Status and code in one word, `403 bad_jwt`, for assertions that read well. */
export function verdict(reply: Pick<Reply, 'status' | 'body'>): string {
  const code = codeOf(reply)
  return code === undefined ? String(reply.status) : `${reply.status} ${code}`
}

/** The same request many times at once. */
export function parallel<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)))
}

/** How many replies each status has. */
export function statuses(replies: readonly Pick<Reply, 'status'>[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1
  return counts
}
