import type { Entry } from './catalog.ts'
import type { Given, Layer } from './layer.ts'

/** Values of command-line flags by the name of the flag, as `parseArgs` of node:util answers them. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>

/** Reads the settings among the flags. `--production` is short for `--environment production`. */
export function flagLayer(flags: Flags, entries: readonly Entry[]): Layer {
  const given = new Map<string, Given>()
  for (const { path, flag } of entries) {
    const value = flag === undefined ? undefined : flags[flag]
    if (value !== undefined) given.set(path, { value, name: `--${flag}` })
  }
  if (flags['production'] === true) given.set('environment', { value: 'production', name: '--production' })
  if (flags['json-logs'] === true) given.set('log.format', { value: 'json', name: '--json-logs' })
  return { source: 'flag', given, mistakes: [] }
}
