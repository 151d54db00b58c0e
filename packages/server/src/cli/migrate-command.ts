import { createLog } from '../logging.ts'
import { openDatabase } from '../open-database.ts'
import { migrate, pendingMigrations } from '../storage/migrate.ts'
import type { Command } from './command.ts'
import { configFlags, configOf } from './config-flags.ts'

/** Brings the database up to this release, or says what that would do. */
export const migrateCommand: Command = {
  words: ['migrate'],
  summary: 'Bring the database up to this release.',
  flags: {
    'dry-run': { type: 'boolean', about: 'Only say which migrations are missing.' },
    json: { type: 'boolean', about: 'Answer as JSON.' },
    ...configFlags(),
  },
  async run(call) {
    const { deployment } = await configOf(call)
    const database = await openDatabase(deployment, createLog({ level: 'error' }), 1)
    try {
      const isDry = call.flags['dry-run'] === true
      const list = isDry ? await pendingMigrations(database) : await migrate(database)
      const names = list.map(({ version, name }) => `${String(version).padStart(4, '0')}_${name}`)
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify({ [isDry ? 'missing' : 'applied']: names }))
      else for (const line of report(names, isDry)) call.terminal.out(line)
      return 0
    } finally {
      await database.close()
    }
  },
}

function report(names: readonly string[], isDry: boolean): readonly string[] {
  if (names.length === 0) return ['The database is up to date.']
  return [isDry ? 'Missing in the database:' : 'Applied:', ...names.map((name) => `  ${name}`)]
}
