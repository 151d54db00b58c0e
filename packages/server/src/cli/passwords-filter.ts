import { createReadStream } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { buildFilter } from '../core/passwords/breached/build-filter.ts'
import { type Call, type Command, CommandFailure, textFlag, UsageError } from './command.ts'

/** Makes the file that `password.breached.file` names. */
export const passwordsFilter: Command = {
  words: ['passwords', 'filter'],
  summary: 'Make a file of leaked passwords out of a list of their SHA-1 hashes.',
  args: ['<hashes.txt>'],
  flags: {
    out: { type: 'string', value: 'file', about: 'Where it is written. Default: leaked-passwords.filter.' },
    'false-positives': {
      type: 'string',
      value: 'part',
      about: 'Which part of all other passwords is taken for leaked. Default: 0.001.',
    },
  },
  notes: [
    'A line of the list is a hash, or a hash, a colon and a number. The list of Have I Been Pwned is such a one.',
    'The file is held in memory while it is made: 1.8 bytes for each hash at 0.001, 1.2 at 0.01.',
  ],
  async run(call) {
    const [list] = call.args
    if (list === undefined) throw new UsageError('Name the list of hashes.')
    const source = resolve(call.terminal.cwd, list)
    if ((await stat(source).catch(() => undefined))?.isFile() !== true)
      throw new CommandFailure(`There is no file ${list}.`)
    const lines = () =>
      createInterface({ input: createReadStream(source, 'latin1'), crlfDelay: Number.POSITIVE_INFINITY })
    const { file, shape, skipped } = await buildFilter(lines, partOf(call))
    if (shape.entries === 0) throw new CommandFailure(`There is no SHA-1 hash in ${list}.`)
    const out = textFlag(call, 'out') ?? 'leaked-passwords.filter'
    await writeFile(resolve(call.terminal.cwd, out), file)
    call.terminal.out(`${out}: ${shape.entries} passwords in ${file.length} bytes.`)
    if (skipped > 0) call.terminal.err(`${skipped} lines hold no hash and were left out.`)
    return 0
  },
}

function partOf(call: Call): number {
  const part = Number(textFlag(call, 'false-positives') ?? '0.001')
  if (!(part >= 0.000_001 && part <= 0.5)) throw new UsageError('--false-positives must be from 0.000001 to 0.5.')
  return part
}
