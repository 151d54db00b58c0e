import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Entry, variableFor } from './catalog.ts'
import type { Given, Layer } from './layer.ts'
import type { Mistake } from './mistake.ts'
import { nearest } from './suggest.ts'
import { upstreamLayer } from './upstream-variables.ts'

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Read elsewhere, therefore not unknown. */
const control = ['WATCHWORD_CONFIG']

/**
 * Reads the settings among the variables. `WATCHWORD_X_FILE` names a file that holds the value of `WATCHWORD_X`. An
 * empty variable counts as absent, save for secrets: an empty secret is a mistake, never a reason to go without.
 * Variables that begin with `WATCHWORD_TEST_` belong to test suites and are left alone.
 */
export async function environmentLayer(env: Environment, entries: readonly Entry[], cwd: string): Promise<Layer> {
  const given = new Map<string, Given>(upstreamLayer(env))
  const mistakes: Mistake[] = [...unknownVariables(env, entries)]
  if (env['WATCHWORD_ENV'] === undefined && env['NODE_ENV'] === 'production') {
    given.set('environment', { value: 'production', name: 'NODE_ENV' })
  }
  for (const entry of entries) {
    const [own] = entry.variables
    const name = entry.variables.find((variable) => isSet(env[variable], entry))
    const file = env[`${own}_FILE`]
    if (file !== undefined && file !== '') {
      if (name !== undefined)
        mistakes.push({ setting: `${own}_FILE`, problem: `stands next to ${name}; set one of them.` })
      const value = await readFile(resolve(cwd, file), 'utf8').catch(() => undefined)
      if (value === undefined) mistakes.push({ setting: `${own}_FILE`, problem: 'names a file that cannot be read.' })
      else given.set(entry.path, { value: value.trim(), name: `${own}_FILE` })
    } else if (name !== undefined) given.set(entry.path, { value: env[name], name })
  }
  return { source: 'environment', given, mistakes }
}

function isSet(value: string | undefined, entry: Entry): boolean {
  return value !== undefined && (value.trim() !== '' || entry.secret === true)
}

function unknownVariables(env: Environment, entries: readonly Entry[]): Mistake[] {
  const names = [...entries.map(({ variables }) => variables[0]), ...control]
  const all = new Set(names.flatMap((name) => [name, `${name}_FILE`]))
  // Some have a shorter variable than their path in a file: whoever knows the path is told the variable.
  const byPath = new Map(entries.map(({ path, variables }) => [variableFor(path.split('.')), variables[0]]))
  const meant = (name: string) => {
    const near = byPath.has(name) ? name : nearest(name, [...names, ...byPath.keys()])
    return near === undefined ? '' : ` Did you mean ${byPath.get(near) ?? near}?`
  }
  return Object.keys(env)
    .filter((name) => name.startsWith('WATCHWORD_') && !name.startsWith('WATCHWORD_TEST_') && !all.has(name))
    .map((name) => ({ setting: name, problem: `is not a setting.${meant(name)}` }))
}
