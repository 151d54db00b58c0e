/** One block of a stream: an event, or only where the stream stands. */
export interface Block {
  readonly id: string | undefined
  readonly data: string | undefined
}

/**
 * Reads server-sent events (HTML Living Standard §9.2).
 * @param heard called for every piece that comes, comments too
 * @param take called with every block that says something
 */
export async function readStream(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  heard: () => void,
  take: (block: Block) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const lines = block.split(/\r?\n/)
      const [id, ...data] = [field(lines, 'id')[0], ...field(lines, 'data')]
      if (id !== undefined || data.length > 0) take({ id, data: data.length === 0 ? undefined : data.join('\n') })
    }
  }
}

const field = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).replace(/^ /, ''))
