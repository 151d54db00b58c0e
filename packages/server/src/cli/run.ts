import { ConfigError } from '../config/mistake.ts'
import { type Command, CommandFailure, type Terminal, UsageError } from './command.ts'
import { configCheck, configPrint } from './config-commands.ts'
import { failureOf } from './failure-of.ts'
import { helpFor, overview } from './help.ts'
import { keysCreate, keysList, keysRevoke, keysRotate } from './keys-commands.ts'
import { keysGenerate } from './keys-generate.ts'
import { migrateCommand } from './migrate-command.ts'
import { commandOf, parseCommand } from './parse-command.ts'
import { passwordsFilter } from './passwords-filter.ts'
import { sessionsRevoke } from './sessions-revoke.ts'
import { startCommand } from './start-command.ts'
import { usersCreate, usersExport, usersList } from './users-commands.ts'
import { usersImport } from './users-import.ts'
import { version } from './version.ts'

/** Everything the command line can do, in the order of its help. */
export function allCommands(): readonly Command[] {
  return [
    ...[startCommand, migrateCommand, configCheck, configPrint],
    ...[keysGenerate, keysList, keysCreate, keysRotate, keysRevoke],
    ...[usersCreate, usersList, usersImport, usersExport, passwordsFilter, sessionsRevoke],
  ]
}

/** Does what the command line asks for. @returns the exit code: 0, 1 for a failure, 2 for a line not understood. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const commands = allCommands()
  const say = (lines: readonly string[]) => {
    for (const line of lines) terminal.out(line)
    return 0
  }
  try {
    const asked = parseCommand(argv, commands)
    if (asked.kind === 'version') return say([await version()])
    if (asked.kind === 'help')
      return say(asked.command === undefined ? overview(commands, asked.words) : helpFor(asked.command))
    return await asked.command.run({ flags: asked.flags, args: asked.args, terminal })
  } catch (error) {
    return explain(error, argv, terminal)
  }
}

function explain(error: unknown, argv: readonly string[], terminal: Terminal): number {
  if (error instanceof UsageError) {
    const words = commandOf(argv, allCommands())?.words ?? []
    terminal.err(`${error.message} \`${['watchword', ...words].join(' ')} --help\` tells more.`)
    return 2
  }
  if (error instanceof ConfigError && argv.includes('--json')) {
    terminal.out(JSON.stringify({ ok: false, mistakes: error.mistakes }))
    return 1
  }
  if (error instanceof ConfigError || error instanceof CommandFailure) terminal.err(error.message)
  else terminal.err(failureOf(error))
  return 1
}
