import { type FilterShape, headerBytes, positionsOf, shapeFor, writeHeader } from './filter.ts'

/** A line of a list of hashes: forty hexadecimal digits, and whatever follows a colon. */
const hashLine = /^([0-9a-f]{40})(?::|\s|$)/i

/** The digest a line names; undefined for a line that names none. */
export function digestOf(line: string): Buffer | undefined {
  const [, hash] = hashLine.exec(line) ?? []
  return hash === undefined ? undefined : Buffer.from(hash, 'hex')
}

/**
 * Makes a filter. The lines are gone through twice, to count and to fill.
 * @param lines begins at the first one each time it is called
 * @param falsePositives which part of all other passwords is taken for one of the list, from 0 to 1
 * @returns the whole file, which is held in memory while it is made
 */
export async function buildFilter(
  lines: () => AsyncIterable<string>,
  falsePositives: number,
): Promise<{ readonly file: Buffer; readonly shape: FilterShape; readonly skipped: number }> {
  const count = { entries: 0, skipped: 0 }
  for await (const line of lines()) {
    if (digestOf(line) !== undefined) count.entries += 1
    else if (line.trim() !== '') count.skipped += 1
  }
  const shape = shapeFor(count.entries, falsePositives)
  const file = Buffer.alloc(headerBytes + shape.bits / 8)
  writeHeader(shape).copy(file)
  for await (const line of lines()) {
    const digest = digestOf(line)
    if (digest === undefined) continue
    for (const position of positionsOf(digest, shape)) {
      const at = headerBytes + Math.floor(position / 8)
      file[at] = (file[at] ?? 0) | (128 >> (position % 8))
    }
  }
  return { file, shape, skipped: count.skipped }
}
