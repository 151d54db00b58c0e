import { maskConfig, type ShownSetting } from '../config/mask.ts'
import type { Command } from './command.ts'
import { configOf } from './config-flags.ts'
import { table } from './help.ts'

const json = { json: { type: 'boolean', about: 'Answer as JSON.' } } as const

/** Says whether a server could start with this configuration. */
export const configCheck: Command = {
  words: ['config', 'check'],
  summary: 'Check the configuration without starting anything.',
  flags: { ...json },
  configurable: 'all',
  async run(call) {
    const { settings, warnings } = await configOf(call, 'pretend')
    if (call.flags['json'] === true) {
      call.terminal.out(JSON.stringify({ ok: true, environment: settings.environment, warnings }))
      return 0
    }
    for (const warning of warnings) call.terminal.out(`Warning: ${warning}`)
    call.terminal.out(`The configuration for ${settings.environment} is right.`)
    return 0
  },
}

/** Shows every setting, secrets masked. */
export const configPrint: Command = {
  words: ['config', 'print'],
  summary: 'Show every setting, where it comes from and what it does. Secrets are masked.',
  flags: { ...json, all: { type: 'boolean', about: 'Also what is at its default.' } },
  configurable: 'all',
  async run(call) {
    const rows = maskConfig(await configOf(call, 'pretend'))
    if (call.flags['json'] === true) {
      call.terminal.out(JSON.stringify(rows, null, 2))
      return 0
    }
    const shown = call.flags['all'] === true ? rows : rows.filter(({ source }) => source !== 'default')
    const cells = shown.map((row) => [row.path, textOf(row), sourceOf(row), row.variable])
    for (const line of table(['setting', 'value', 'from', 'variable'], cells)) call.terminal.out(line)
    if (shown.length < rows.length)
      call.terminal.out(`\n${rows.length - shown.length} more are at their defaults: --all`)
    return 0
  },
}

function textOf({ value, source }: ShownSetting): string {
  // Before the first start there are none yet; what would be shown is not what will be made.
  if (source === 'generated') return 'made on first start'
  if (value === undefined) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function sourceOf({ source }: ShownSetting): string {
  return source === 'generated' ? 'keys.json' : source
}
