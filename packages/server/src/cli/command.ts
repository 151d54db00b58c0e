import type { Flags } from '../config/flag-layer.ts'

/** What a command sees of the machine. */
export interface Terminal {
  /** Writes a line to standard output. */
  out(line: string): void
  /** Writes a line to standard error. */
  err(line: string): void
  /** Everything that is piped in. */
  readInput(): Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Whether standard output is a person's terminal that shows colours. */
  readonly hasColours: boolean
}

/** One flag of a command. */
export interface FlagSpec {
  readonly type: 'string' | 'boolean'
  readonly about: string
  /** What stands for the value in the help. */
  readonly value?: string
  readonly short?: string
  /** Taken, and not shown in the help: it is for the server and says little here. */
  readonly unseen?: boolean
}

/** What was typed, taken apart. */
export interface Call {
  readonly flags: Flags
  readonly args: readonly string[]
  readonly terminal: Terminal
}

/** One thing the command line can do. */
export interface Command {
  /** The words that call it: `['keys', 'list']`. */
  readonly words: readonly string[]
  readonly summary: string
  /** Arguments after the words, for the help: `<file.ndjson>`. */
  readonly args?: readonly string[]
  /** Its own. */
  readonly flags: Readonly<Record<string, FlagSpec>>
  /** Works with a configuration and takes the flags that set one, too; its help shows all of them, or those that say where the database is. */
  readonly configurable?: 'all' | 'places'
  /** More to say below the flags. */
  readonly notes?: readonly string[]
  /** Answers the exit code: 0 for success, 1 for failure. */
  run(call: Call): Promise<number>
}

/** The command line was not understood; the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command could not do its work, for a reason its reader can act on; the exit code is 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
}

/** The value of a flag that takes text. */
export function textFlag(call: Call, name: string): string | undefined {
  const value = call.flags[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
