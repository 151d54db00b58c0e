import { catalog } from '../config/catalog.ts'
import { type Config, loadConfig } from '../config.ts'
import type { Call, Command, FlagSpec } from './command.ts'

/** What a command needs that works on the database alone. */
const places: readonly string[] = ['data-dir', 'database-url', 'schema']

/** All flags of a command: its own, then those that set settings where it takes them. */
export function flagsOf({ flags, configurable }: Command): Readonly<Record<string, FlagSpec>> {
  return configurable === undefined ? flags : { ...flags, ...configFlags(configurable) }
}

function configFlags(shown: 'all' | 'places'): Readonly<Record<string, FlagSpec>> {
  const isUnseen = (flag: string) => shown === 'places' && !places.includes(flag)
  const settings = catalog().flatMap(({ flag, about }): [string, FlagSpec][] =>
    flag === undefined
      ? []
      : [[flag, { type: 'string', about, value: 'value', ...(isUnseen(flag) ? { unseen: true } : {}) }]],
  )
  return {
    config: {
      type: 'string',
      about: 'Configuration file; default `watchword.config.*` in this folder.',
      value: 'file',
    },
    production: { type: 'boolean', about: 'Short for `--environment production`.' },
    'json-logs': {
      type: 'boolean',
      about: 'Short for `--log-format json`.',
      ...(isUnseen('json-logs') ? { unseen: true } : {}),
    },
    ...Object.fromEntries(settings),
  }
}

/** The configuration a command was called with. */
export function configOf(call: Call, keys: 'make' | 'pretend' = 'make'): Promise<Config> {
  return loadConfig({ flags: call.flags, env: call.terminal.env, cwd: call.terminal.cwd, keys })
}
