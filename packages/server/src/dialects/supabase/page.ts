import type { AnswerHeaders } from '../../http/answer.ts'
import type { Fields } from '../../http/fields.ts'
import { fault } from './refuse.ts'

/** A page by its number, counted from one. */
export interface Page {
  readonly number: number
  readonly size: number
}

const mostItems = 1_000

function readNumber(text: string | undefined, otherwise: number): number {
  // Clients send both parameters always, empty where nothing was asked for.
  if (text === undefined || text === '') return otherwise
  if (!/^[1-9]\d{0,6}$/.test(text)) throw fault(`Bad Pagination Parameters: ${JSON.stringify(text.slice(0, 32))}`)
  return Number(text)
}

/** @throws Refusal `validation_failed` for anything but whole numbers from one on, and for pages over 1,000 */
export function readPage(query: Fields): Page {
  const size = readNumber(query.one('per_page'), 50)
  if (size > mostItems) throw fault(`Bad Pagination Parameters: per_page may be ${mostItems}`)
  return { number: readNumber(query.one('page'), 1), size }
}

/** What narrows or orders a list goes on from page to page. A comma within would end the entry for clients. */
function repeated(query: Fields): string {
  const pairs = ['filter', 'query', 'sort'].flatMap((name) =>
    query.all(name).map((value): [string, string] => [name, value]),
  )
  return pairs.length === 0 ? '' : `&${new URLSearchParams(pairs)}`
}

/**
 * `Link` (RFC 8288) and the total. `page` comes first in each address: clients read the first digit after the first
 * equals sign and nothing else.
 * @param query what was asked, where the next page is asked for with the rest of it
 */
export function pageHeaders(path: string, { number, size }: Page, total: number, query?: Fields): AnswerHeaders {
  const last = Math.max(1, Math.ceil(total / size))
  const asked = query === undefined ? '' : repeated(query)
  const link = (page: number, rel: string) => `<${path}?page=${page}&per_page=${size}${asked}>; rel="${rel}"`
  const links = [...(number < last ? [link(number + 1, 'next')] : []), link(last, 'last')]
  return { 'x-total-count': String(total), link: links.join(', ') }
}
