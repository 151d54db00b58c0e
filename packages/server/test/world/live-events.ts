/** One event of a stream. */
export interface LiveEvent {
  readonly id: string
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: what an event holds is what a test asserts.
  readonly data: any
}

/** A stream of server-sent events that is being read. */
export interface LiveEvents {
  readonly status: number
  readonly headers: Headers
  /** The body, where it was refused. */
  readonly refusal: string
  /** What came so far. */
  readonly events: readonly LiveEvent[]
  readonly comments: readonly string[]
  /** Where it stood when it began; empty where it went on. */
  mark(): string
  /** The next event of a type that nobody has waited for yet. @throws Error when the stream ends before it */
  next(type: string): Promise<LiveEvent>
  /** Resolves when the server has closed it. */
  readonly closed: Promise<void>
  leave(): Promise<void>
}

/** Opens a stream. @param url where, whole */
export async function openEvents(url: string, headers: Record<string, string>): Promise<LiveEvents> {
  const abort = new AbortController()
  const response = await fetch(url, { headers, signal: abort.signal })
  const events: LiveEvent[] = []
  const comments: string[] = []
  const taken = new Set<LiveEvent>()
  const state = { isOver: false, mark: '', wake: () => {} }
  const news = () =>
    new Promise<void>((resolve) => {
      const before = state.wake
      state.wake = () => {
        before()
        resolve()
      }
    })
  const ring = () => {
    const { wake } = state
    state.wake = () => {}
    wake()
  }
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  const refusal = isStream ? '' : await response.text()
  const read = async (): Promise<void> => {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      rest += decoder.decode(chunk, { stream: true })
      const blocks = rest.split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        if (block.startsWith(':')) comments.push(block)
        else if (block.includes('data: ')) events.push(eventOf(block))
        else state.mark = block.slice('id: '.length)
      }
      ring()
    }
  }
  const closed = (isStream ? read().catch(() => undefined) : Promise.resolve()).then(() => {
    state.isOver = true
    ring()
  })
  return {
    status: response.status,
    headers: response.headers,
    refusal,
    events,
    comments,
    closed,
    mark: () => state.mark,
    async next(type) {
      for (;;) {
        const found = events.find((each) => each.event === type && !taken.has(each))
        if (found !== undefined) {
          taken.add(found)
          return found
        }
        if (state.isOver) throw new Error(`the stream ended before ${type}; it had ${events.map(({ event }) => event)}`)
        await news()
      }
    },
    async leave() {
      abort.abort()
      await closed
    },
  }
}

function eventOf(block: string): LiveEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)] as const
    }),
  )
  return {
    id: fields.get('id') ?? '',
    event: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null'),
  }
}
