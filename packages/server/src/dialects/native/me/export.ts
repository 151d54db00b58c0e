import { exportAccount } from '../../../flows/account/export-account.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { type Call, Raw } from '../operation.ts'
import { presentAccessKey, presentSession, presentUser, timeOf } from '../present.ts'
import { presentEvent } from '../present-admin.ts'
import { presentGrant } from './grants.ts'

/** GET /me/export: one JSON document, written as it is read, so that any length of history fits. */
export async function exportMe({ core, caller, exchange }: Call) {
  const signedIn = exchange.need(signedInKey)
  const { at, user, grants, ...lists } = await exportAccount(core, caller, signedIn)
  const known = {
    exportedAt: timeOf(at),
    user: presentUser(user),
    hasPassword: user.hasPassword,
    passwordChangedAt: timeOf(user.passwordChangedAt),
    invitedAt: timeOf(user.invitedAt),
    createdBy: { dialect: user.createdBy.dialect, way: user.createdBy.way },
    grants: grants.map(presentGrant),
  }
  const document = join(known, {
    sessions: shown(lists.sessions, (one) => presentSession(core, one, signedIn.session.id)),
    accessKeys: shown(lists.accessKeys, (one) => presentAccessKey(one)),
    activity: shown(lists.events, (one) => presentEvent(one, 'own')),
  })
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="account.json"',
  }
  return new Raw({ status: 200, stream: ReadableStream.from(document) as ReadableStream<Uint8Array>, headers })
}

async function* shown<Row>(pages: AsyncIterable<readonly Row[]>, present: (row: Row) => unknown) {
  for await (const page of pages) yield page.map(present)
}

/** One JSON object of what is known at once and of lists that come in pages. */
async function* join(
  known: object,
  lists: Readonly<Record<string, AsyncIterable<readonly unknown[]>>>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(known).slice(0, -1))
  for (const [name, pages] of Object.entries(lists)) {
    yield Buffer.from(`,${JSON.stringify(name)}:[`)
    let between = ''
    for await (const items of pages) {
      yield Buffer.from(between + items.map((item) => JSON.stringify(item)).join(','))
      between = ','
    }
    yield Buffer.from(']')
  }
  yield Buffer.from('}')
}
