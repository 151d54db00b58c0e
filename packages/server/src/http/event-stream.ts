/** One event of a stream (HTML Living Standard §9.2). */
export interface StreamEvent {
  readonly id?: string
  readonly event?: string
  /** Sent as JSON. */
  readonly data: unknown
}

/** An answer that goes on: server-sent events. */
export interface EventStream {
  readonly stream: ReadableStream<Uint8Array>
  /** Sends an event. A reader who lets too many wait is cut off, and comes back where it stopped. */
  send(event: StreamEvent): void
  /** Says where the stream stands without an event: what a reader sends as `Last-Event-ID` when it is cut off now. */
  mark(id: string): void
  /** Ends the stream in good order. */
  close(): void
}

export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies that gather answers would hold every event back.
  'x-accel-buffering': 'no',
} as const

/** Bytes that may wait for a reader. */
const mostWaiting = 262_144
/** A reader whose connection is dead takes nothing: it is cut off after so many heartbeats. */
const mostBeats = 4

/**
 * @param options.beatMs milliseconds between two comments that keep proxies from closing the connection
 * @param options.onEnd called once, whoever ended it
 */
export function createEventStream(options: { readonly beatMs: number; onEnd(): void }): EventStream {
  const encoder = new TextEncoder()
  const state: { controller?: ReadableStreamDefaultController<Uint8Array>; isOver: boolean; beats: number } = {
    isOver: false,
    beats: 0,
  }
  const finish = (): boolean => {
    if (state.isOver) return false
    state.isOver = true
    clearInterval(timer)
    options.onEnd()
    return true
  }
  const close = (): void => {
    if (finish()) state.controller?.close()
  }
  const write = (text: string): void => {
    const { controller } = state
    if (state.isOver || controller === undefined) return
    controller.enqueue(encoder.encode(text))
    if ((controller.desiredSize ?? 0) < -mostWaiting) close()
  }
  const beat = (): void => {
    const isStuck = (state.controller?.desiredSize ?? 1) <= 0
    state.beats = isStuck ? state.beats + 1 : 0
    if (state.beats >= mostBeats) close()
    else write(': still here\n\n')
  }
  const timer = setInterval(beat, options.beatMs)
  timer.unref()
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        state.controller = controller
      },
      cancel() {
        finish()
      },
    },
    { highWaterMark: 16_384, size: (chunk) => chunk.byteLength },
  )
  return {
    stream,
    send({ id, event, data }) {
      const name = event === undefined ? '' : `event: ${event}\n`
      const mark = id === undefined ? '' : `id: ${id}\n`
      write(`${name}${mark}data: ${JSON.stringify(data)}\n\n`)
    },
    mark: (id) => write(`id: ${id}\n\n`),
    close,
  }
}
