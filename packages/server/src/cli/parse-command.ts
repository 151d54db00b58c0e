import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean } from '../config/suggest.ts'
import { type Call, type Command, UsageError } from './command.ts'
import { flagsOf } from './config-flags.ts'

/** What the command line asks for. */
export type Asked =
  | { readonly kind: 'version' }
  /** Help about a command, or about all whose words begin with `words`. */
  | { readonly kind: 'help'; readonly command?: Command; readonly words: readonly string[] }
  | { readonly kind: 'run'; readonly command: Command; readonly flags: Call['flags']; readonly args: readonly string[] }

/**
 * Finds the command and takes its flags apart. Without a command it is `start`.
 * @throws UsageError with a sentence for whoever typed it
 */
export function parseCommand(argv: readonly string[], commands: readonly Command[]): Asked {
  const [first] = argv
  if (first === '--version' || first === '-v' || first === 'version') return { kind: 'version' }
  const wantsHelp = argv.some((word) => word === '--help' || word === '-h') || first === 'help'
  const typed = wordsOf(first === 'help' ? argv.slice(1) : argv)
  const command = commandFor(typed, commands)
  if (wantsHelp)
    return command === undefined || typed.length === 0
      ? { kind: 'help', words: typed }
      : { kind: 'help', command, words: typed }
  if (command === undefined) {
    if (typed.length === 1 && commands.some(({ words }) => words.length > 1 && words[0] === typed[0]))
      return { kind: 'help', words: typed.slice(0, 1) }
    const known = commands.map(({ words }) => words.join(' '))
    throw new UsageError(`There is no command \`${typed.join(' ')}\`.${didYouMean(typed.join(' '), known)}`)
  }
  const rest = argv.slice(typed.length === 0 ? 0 : command.words.length)
  return { kind: 'run', command, ...takeApart(command, rest) }
}

/** The command that was typed, whatever follows it; undefined where none was named. */
export function commandOf(argv: readonly string[], commands: readonly Command[]): Command | undefined {
  const typed = wordsOf(argv)
  return typed.length === 0 ? undefined : commandFor(typed, commands)
}

/** The words before the first flag. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word.startsWith('-'))
  return end === -1 ? argv : argv.slice(0, end)
}

function commandFor(typed: readonly string[], commands: readonly Command[]): Command | undefined {
  const wanted = typed.length === 0 ? ['start'] : typed
  return commands.find(({ words }) => words.every((word, index) => wanted[index] === word))
}

function takeApart(command: Command, argv: readonly string[]): Pick<Call, 'flags' | 'args'> {
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    Object.entries(flagsOf(command)).map(([name, { type, short }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }) },
    ]),
  )
  const { values, positionals } = parsed(command, argv, options)
  const most = command.args?.length ?? 0
  if (positionals.length > most) {
    throw new UsageError(`\`watchword ${command.words.join(' ')}\` does not take \`${positionals[most]}\`.`)
  }
  return { flags: values as Call['flags'], args: positionals }
}

function parsed(command: Command, argv: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const [, flag = ''] = /'(?:-\w, )?--?([^'\s=]+)/.exec(message) ?? []
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const hint = didYouMean(flag, Object.keys(options)).replace('mean ', 'mean --')
      throw new UsageError(`\`watchword ${command.words.join(' ')}\` has no flag --${flag}.${hint}`)
    }
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
      const takes = options[flag]?.type === 'boolean' ? 'takes no value' : 'needs a value'
      throw new UsageError(`--${flag} ${takes}.`)
    }
    throw error
  }
}
