import type { Core } from '../core/core.ts'
import { awaitsApproval } from '../core/users/approval.ts'
import type { User } from '../core/users/user.ts'
import { positionOf, type UserPosition } from '../core/users/user-search.ts'
import { createUser } from '../flows/admin/create-user.ts'
import { type Call, type Command, textFlag, UsageError } from './command.ts'
import { table } from './help.ts'
import { toAdminCreate, toRecord, type UserRecord } from './user-record.ts'
import { commandCaller, operator, withCore } from './with-core.ts'

const json = { json: { type: 'boolean', about: 'Answer as JSON.' } } as const

/** Makes one user. */
export const usersCreate: Command = {
  words: ['users', 'create'],
  summary: 'Make a user. No mail is sent.',
  flags: {
    ...json,
    email: { type: 'string', about: 'E-mail address.', value: 'address' },
    phone: { type: 'string', about: 'Phone number, with the country’s code.', value: 'number' },
    password: { type: 'string', about: 'Password. Others on this machine may see it; better:', value: 'text' },
    'password-stdin': { type: 'boolean', about: 'Read the password from standard input.' },
    name: { type: 'string', about: 'Name to show.', value: 'text' },
    roles: { type: 'string', about: 'Roles, as a comma list. Default as configured.', value: 'list' },
    unconfirmed: { type: 'boolean', about: 'Leave the address to be confirmed.' },
  },
  configurable: 'places',
  async run(call) {
    const record = await recordOf(call)
    return withCore(call, async (core) => {
      const user = await createUser(core, commandCaller, operator, toAdminCreate(record, 'admin'))
      call.terminal.out(call.flags['json'] === true ? JSON.stringify(user, null, 2) : user.id)
      return 0
    })
  },
}

/** Lists users, newest first. */
export const usersList: Command = {
  words: ['users', 'list'],
  summary: 'List users, newest first.',
  flags: {
    ...json,
    q: { type: 'string', about: 'Beginning of e-mail, phone or name, or an id.', value: 'text' },
    limit: { type: 'string', about: 'How many at most. Default 50.', value: 'number' },
  },
  configurable: 'places',
  run(call) {
    const limit = Number(textFlag(call, 'limit') ?? 50)
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new UsageError('--limit must be 1 to 10000.')
    const q = textFlag(call, 'q')
    return withCore(call, async (core) => {
      const users = await core.userSearch.page(q === undefined ? {} : { q }, '-createdAt', { limit })
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify(users, null, 2))
      else for (const line of userLines(users, core.runtime.now(), q)) call.terminal.out(line)
      return 0
    })
  },
}

/** Writes all users as one JSON line each. */
export const usersExport: Command = {
  words: ['users', 'export'],
  summary: 'Write all users to standard output, one JSON line each, as `users import` reads them.',
  flags: {
    'with-hashes': { type: 'boolean', about: 'Also the hashes of their passwords. Treat the output as secret.' },
  },
  configurable: 'places',
  run: (call) =>
    withCore(call, async (core) => {
      for await (const user of allUsers(core)) {
        const hash =
          call.flags['with-hashes'] === true
            ? ((await core.users.findForSignIn({ id: user.id }))?.passwordHash ?? null)
            : undefined
        call.terminal.out(JSON.stringify(toRecord(user, hash)))
      }
      return 0
    }),
}

async function recordOf(call: Call): Promise<UserRecord> {
  const [email, phone, given] = [textFlag(call, 'email'), textFlag(call, 'phone'), textFlag(call, 'password')]
  if (email === undefined && phone === undefined) throw new UsageError('--email or --phone is needed.')
  const piped = call.flags['password-stdin'] === true ? await call.terminal.readInput() : undefined
  const password = piped === undefined ? given : piped.replace(/\r?\n$/, '')
  const isConfirmed = call.flags['unconfirmed'] !== true
  const [name, roles] = [textFlag(call, 'name'), textFlag(call, 'roles')]
  return {
    ...(email === undefined ? {} : { email, emailConfirmed: isConfirmed }),
    ...(phone === undefined ? {} : { phone, phoneConfirmed: isConfirmed }),
    ...(password === undefined ? {} : { password }),
    ...(name === undefined ? {} : { displayName: name }),
    ...(roles === undefined ? {} : { roles: roles.split(',').map((role) => role.trim()) }),
  }
}

async function* allUsers(core: Core): AsyncGenerator<User> {
  let after: UserPosition | undefined
  for (;;) {
    const page = await core.userSearch.page({}, 'createdAt', { limit: 500, ...(after === undefined ? {} : { after }) })
    yield* page.filter(({ deletedAt }) => deletedAt === null)
    const last = page.at(-1)
    if (last === undefined) return
    after = positionOf(last, 'createdAt')
  }
}

function userLines(users: readonly User[], now: Date, q: string | undefined): readonly string[] {
  if (users.length === 0) return [q === undefined ? 'There are no users yet.' : `No user begins with ${q}.`]
  const day = (date: Date | null) => date?.toISOString().slice(0, 10) ?? '-'
  const rows = users.map((user) => [
    user.id,
    user.email ?? user.phone ?? (user.isAnonymous ? 'guest' : '-'),
    stateOf(user, now),
    day(user.createdAt),
    day(user.lastSignInAt),
  ])
  return table(['id', 'who', 'state', 'made', 'last in'], rows)
}

function stateOf(user: User, now: Date): string {
  if (user.deletedAt !== null) return 'deleted'
  if (awaitsApproval(user)) return 'waiting'
  if (user.bannedUntil !== null && user.bannedUntil > now) return 'blocked'
  return user.isAnonymous || user.emailConfirmedAt !== null || user.phoneConfirmedAt !== null ? 'active' : 'unconfirmed'
}
