import type { User } from '../../../core/users/user.ts'
import { exportUsers } from '../../../flows/admin/export-users.ts'
import { given } from '../input.ts'
import { type Call, Raw } from '../operation.ts'
import { presentAdminUser } from '../present.ts'
import { actorOf } from './actor.ts'
import type { exportQuery } from './bodies.ts'

const columns = [
  'id',
  'email',
  'phone',
  'displayName',
  'isAnonymous',
  'role',
  'roles',
  'emailConfirmedAt',
  'phoneConfirmedAt',
  'bannedUntil',
  'createdAt',
  'lastSignInAt',
  'metadata',
  'appMetadata',
] as const

const types = { ndjson: 'application/x-ndjson; charset=utf-8', csv: 'text/csv; charset=utf-8' }

/** GET /admin/users/export: a stream, so that any number of users fits. */
export async function takeUsersOut({ core, caller, exchange, query }: Call<undefined, typeof exportQuery>) {
  const { format, ...filter } = query
  const pages = await exportUsers(core, caller, actorOf(exchange), given(filter))
  const stream = ReadableStream.from(format === 'csv' ? csvOf(pages) : linesOf(pages))
  const headers = { 'content-type': types[format], 'content-disposition': `attachment; filename="users.${format}"` }
  return new Raw({ status: 200, stream: stream as ReadableStream<Uint8Array>, headers })
}

async function* linesOf(pages: AsyncIterable<User[]>): AsyncGenerator<Uint8Array> {
  for await (const page of pages)
    yield Buffer.from(page.map((user) => `${JSON.stringify(presentAdminUser(user))}\n`).join(''))
}

async function* csvOf(pages: AsyncIterable<User[]>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${columns.join(',')}\r\n`)
  for await (const page of pages) yield Buffer.from(page.map(rowOf).join(''))
}

function rowOf(user: User): string {
  const shown = presentAdminUser(user)
  return `${columns.map((column) => cell(shown[column])).join(',')}\r\n`
}

/** One cell (RFC 4180). What a spreadsheet would take for a formula is made text (S139). */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(' ') : JSON.stringify(value)
  const inert = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
