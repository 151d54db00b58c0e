import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { normalForm } from '../normal-form.ts'
import { type BreachedList, BreachFault } from './breached-list.ts'
import { type FilterShape, headerBytes, positionsOf, readHeader } from './filter.ts'

const readAt = promisify(read)

/** A list in a file of this machine, made with `watchword passwords filter`. Nothing leaves the server; nothing is held in memory. */
export interface FilterList extends BreachedList {
  readonly shape: FilterShape
  close(): void
}

/** Opens such a file. @throws BreachFault when it cannot be read or is not one */
export function openFilterList(path: string): FilterList {
  const file = opened(path)
  const shape = shapeOf(file)
  if (shape === undefined) {
    closeSync(file)
    throw new BreachFault('not_a_filter')
  }
  return {
    shape,
    async has(password) {
      const digest = createHash('sha1')
        .update(normalForm(password) ?? password)
        .digest()
      for (const position of positionsOf(digest, shape)) if (!(await isSet(file, position))) return false
      return true
    },
    close: () => closeSync(file),
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new BreachFault('unreadable', error)
  }
}

function shapeOf(file: number): FilterShape | undefined {
  const header = Buffer.alloc(headerBytes)
  readSync(file, header, 0, headerBytes, 0)
  return readHeader(header, fstatSync(file).size)
}

async function isSet(file: number, position: number): Promise<boolean> {
  const { bytesRead, buffer } = await readAt(file, Buffer.alloc(1), 0, 1, headerBytes + Math.floor(position / 8)).catch(
    (error: unknown) => {
      throw new BreachFault('unreadable', error)
    },
  )
  if (bytesRead !== 1) throw new BreachFault('cut_off')
  return ((buffer[0] ?? 0) & (128 >> (position % 8))) !== 0
}
