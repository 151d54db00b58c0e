import type { Command, FlagSpec } from './command.ts'
import { flagsOf } from './config-flags.ts'

/** The help about everything, or about the commands that begin with these words. */
export function overview(commands: readonly Command[], words: readonly string[] = []): readonly string[] {
  const shown = commands.filter((command) => words.every((word, index) => command.words[index] === word))
  const rows = (shown.length === 0 ? commands : shown).map((command): [string, string] => [
    [...command.words, ...(command.args ?? [])].join(' '),
    command.summary,
  ])
  return [
    'Watchword: one authentication server that every client already knows.',
    '',
    'Usage: watchword [command] [flags]',
    '',
    ...columns(rows),
    '',
    'Without a command the server starts. `watchword <command> --help` tells more; `--version` tells the version.',
  ]
}

/** The help about one command. */
export function helpFor(command: Command): readonly string[] {
  const { words, args = [], summary, notes = [] } = command
  const all = Object.entries(flagsOf(command))
  const rows = all
    .filter(([, { unseen }]) => unseen !== true)
    .map(([name, spec]): [string, string] => [flagOf(name, spec), spec.about])
  const others = rows.length < all.length ? ['', 'The other flags of `watchword start` are taken as well.'] : []
  return [
    `Usage: watchword ${[...words, ...args].join(' ')}${rows.length === 0 ? '' : ' [flags]'}`,
    '',
    summary,
    ...(rows.length === 0 ? [] : ['', ...columns(rows)]),
    ...others,
    ...(notes.length === 0 ? [] : ['', ...notes]),
  ]
}

function flagOf(name: string, { value, short, type }: FlagSpec): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${type === 'string' ? ` <${value ?? 'value'}>` : ''}`
}

/** Two columns, the first as wide as its widest cell. */
export function columns(rows: readonly (readonly [string, string])[], indent = '  '): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}  ${right}`.trimEnd())
}

/** Rows of cells under headings, each column as wide as its widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [headings, ...rows]
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
