import { describe, expect, it } from 'vitest'
import { createEventStream } from './event-stream.ts'

const read = async (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text()

describe('a stream of events', () => {
  it('writes them as the standard says, and ends when it is closed', async () => {
    const ends: string[] = []
    const events = createEventStream({ beatMs: 60_000, onEnd: () => void ends.push('end') })
    events.send({ id: '1', event: 'a.b', data: { text: 'one\ntwo' } })
    events.send({ data: null })
    events.close()
    events.close()
    events.send({ data: 'late' })
    expect(await read(events.stream)).toBe('event: a.b\nid: 1\ndata: {"text":"one\\ntwo"}\n\ndata: null\n\n')
    expect(ends).toEqual(['end'])
  })

  it('says now and then that it is still there', async () => {
    const events = createEventStream({ beatMs: 2, onEnd: () => {} })
    const reader = events.stream.getReader()
    for (let count = 0; count < 3; count++)
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(': still here\n\n')
    events.close()
  })

  it('ends when its reader leaves, and when its reader takes nothing', async () => {
    for (const how of ['leaves', 'floods'] as const) {
      const ended = new Promise<void>((resolve) => {
        const events = createEventStream({ beatMs: 60_000, onEnd: resolve })
        if (how === 'leaves') void events.stream.cancel()
        else for (let count = 0; count < 40; count++) events.send({ data: 'x'.repeat(10_000) })
      })
      await ended
    }
  })
})
