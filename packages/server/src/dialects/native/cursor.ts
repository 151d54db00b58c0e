import { sameBytes } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import { invalid } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'

/** What a cursor belongs to: who asked, for which list, filtered and sorted how. */
export interface CursorOf {
  readonly caller: string
  readonly list: string
  readonly filter: object
}

const macLength = 16

/** Where a page ended, for whoever asked and nobody else. */
export function writeCursor(core: Pick<Core, 'vault'>, of: CursorOf, position: object): string {
  const body = Buffer.from(JSON.stringify(position))
  return base64url(Buffer.concat([macOf(core, of, body), body]))
}

/** The position in a cursor. @throws Refusal `validation_failed` for one that is forged, foreign or of another list */
export function readCursor(core: Pick<Core, 'vault'>, of: CursorOf, text: string): unknown {
  const bytes = Buffer.from(text, 'base64url')
  const body = bytes.subarray(macLength)
  // Decoding forgives characters that change nothing; a cursor has one spelling.
  const isOurs = body.length > 0 && base64url(bytes) === text
  if (!isOurs || !sameBytes(bytes.subarray(0, macLength), macOf(core, of, body)))
    throw invalid('cursor', 'must be one that this list answered, with the same filters')
  return JSON.parse(body.toString('utf8'))
}

function macOf({ vault }: Pick<Core, 'vault'>, { caller, list, filter }: CursorOf, body: Buffer): Buffer {
  const sorted = Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1))
  return vault.mac('cursor', caller, list, JSON.stringify(sorted), body).subarray(0, macLength)
}

/**
 * A page of a list: one more row than asked for is read, to know whether there is a next page.
 * @param read the rows after a position
 * @param positionOf where a row stands
 */
export async function pageOf<Row, Position extends object, Item>(
  core: Pick<Core, 'vault'>,
  of: CursorOf,
  asked: { readonly limit: number; readonly cursor?: string | undefined },
  list: {
    read(page: { readonly limit: number; readonly after?: Position }): Promise<Row[]>
    positionOf(row: Row): Position
    present(row: Row): Item
  },
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const after = asked.cursor === undefined ? undefined : (readCursor(core, of, asked.cursor) as Position)
  const rows = await list.read({ limit: asked.limit + 1, ...(after === undefined ? {} : { after }) })
  const shown = rows.slice(0, asked.limit)
  const last = shown.at(-1)
  const nextCursor =
    rows.length > asked.limit && last !== undefined ? writeCursor(core, of, list.positionOf(last)) : null
  return { items: shown.map((row) => list.present(row)), nextCursor }
}

/** A position by time and id, as it comes out of a cursor. */
export interface TimePosition {
  readonly at: string
  readonly id: string
}

/** The same as the stores read it. */
export function fromTimePosition(after: TimePosition | undefined): { readonly after?: { at: Date; id: string } } {
  return after === undefined ? {} : { after: { at: new Date(after.at), id: after.id } }
}
