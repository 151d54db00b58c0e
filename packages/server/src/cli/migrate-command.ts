import { createLog } from '../logging.ts'
import { openDatabase } from '../open-database.ts'
import type { Database } from '../storage/database.ts'
import { grantRights, isRoleName } from '../storage/grant-rights.ts'
import { migrate, pendingMigrations } from '../storage/migrate.ts'
import { type Command, CommandFailure, textFlag, UsageError } from './command.ts'
import { configOf } from './config-flags.ts'

/** Brings the database up to this release, or says what that would do. */
export const migrateCommand: Command = {
  words: ['migrate'],
  summary: 'Bring the database up to this release.',
  flags: {
    'dry-run': { type: 'boolean', about: 'Only say which migrations are missing.' },
    'grant-to': {
      type: 'string',
      about: 'A database role that servers connect as: it gets the rights they need, and none to alter the schema.',
      value: 'role',
    },
    json: { type: 'boolean', about: 'Answer as JSON.' },
  },
  configurable: 'places',
  async run(call) {
    const role = textFlag(call, 'grant-to')
    if (role !== undefined && !isRoleName(role)) throw new UsageError('--grant-to must be the name of a database role.')
    const { deployment } = await configOf(call)
    const database = await openDatabase(deployment, createLog({ level: 'error' }), 1)
    try {
      const isDry = call.flags['dry-run'] === true
      const list = isDry ? await pendingMigrations(database) : await migrate(database)
      if (role !== undefined && !isDry) await grant(database, role)
      const names = list.map(({ version, name }) => `${String(version).padStart(4, '0')}_${name}`)
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify({ [isDry ? 'missing' : 'applied']: names }))
      else for (const line of report(names, isDry)) call.terminal.out(line)
      if (role !== undefined && !isDry) call.terminal.err(`The role ${role} has what a server needs.`)
      return 0
    } finally {
      await database.close()
    }
  },
}

async function grant(database: Database, role: string): Promise<void> {
  if (database.kind === 'embedded')
    throw new CommandFailure('--grant-to is for PostgreSQL: the embedded database has one role.')
  await grantRights(database, role).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== '42704') throw error
    throw new CommandFailure(`The database has no role ${role}. Make it first: create role ${role} login password '…';`)
  })
}

function report(names: readonly string[], isDry: boolean): readonly string[] {
  if (names.length === 0) return ['The database is up to date.']
  return [isDry ? 'Missing in the database:' : 'Applied:', ...names.map((name) => `  ${name}`)]
}
