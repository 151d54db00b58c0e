import { access, readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fieldsOf } from './catalog.ts'
import type { Given, Layer } from './layer.ts'
import { ConfigError, type Mistake } from './mistake.ts'
import { schema } from './schema.ts'
import { didYouMean } from './suggest.ts'
import { unreadableFile } from './unreadable-file.ts'

const names = ['ts', 'js', 'mjs', 'json'].map((ending) => `watchword.config.${ending}`)

/**
 * Reads the configuration file: the named one, or `watchword.config.{ts,js,mjs,json}` in the folder.
 * @throws ConfigError when it cannot be read or there are several
 */
export async function fileLayer(cwd: string, named?: { path: string; by: string }): Promise<Layer> {
  const path = named === undefined ? await findFile(cwd) : resolve(cwd, named.path)
  if (path === undefined) return { source: 'file', given: new Map(), mistakes: [] }
  if (named !== undefined && !(await exists(path))) {
    throw new ConfigError([{ setting: named.by, problem: `names a file that does not exist: ${named.path}` }])
  }
  return objectLayer(await readConfigFile(path), basename(path))
}

/** A configuration given as an object. @param origin what to call it in a mistake. */
export function objectLayer(value: unknown, origin: string): Layer {
  const given = new Map<string, Given>()
  const mistakes: Mistake[] = []
  const visit = (group: unknown, fields: Readonly<Record<string, unknown>>, at: readonly string[]): void => {
    if (typeof group !== 'object' || group === null || Array.isArray(group)) {
      mistakes.push({ setting: `${at.join('.') || 'the configuration'} in ${origin}`, problem: 'must be an object.' })
      return
    }
    for (const [name, inner] of Object.entries(group)) {
      const path = [...at, name].join('.')
      const node = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (at.length === 0 && name === '$schema') continue
      const innerFields = node === undefined ? undefined : fieldsOf(node as Parameters<typeof fieldsOf>[0])
      if (node === undefined) {
        const hint = didYouMean(name, Object.keys(fields))
        mistakes.push({ setting: `${path} in ${origin}`, problem: `is not a setting.${hint}` })
      } else if (innerFields !== undefined) visit(inner, innerFields, [...at, name])
      else if (inner !== undefined) given.set(path, { value: inner, name: `${path} in ${origin}` })
    }
  }
  visit(value, schema.shape, [])
  return { source: 'file', given, mistakes }
}

async function findFile(cwd: string): Promise<string | undefined> {
  const found: string[] = []
  for (const name of names) if (await exists(resolve(cwd, name))) found.push(name)
  if (found.length > 1) {
    throw new ConfigError([{ setting: found.join(' and '), problem: 'stand side by side; keep one of them.' }])
  }
  return found[0] === undefined ? undefined : resolve(cwd, found[0])
}

async function readConfigFile(path: string): Promise<unknown> {
  const name = basename(path)
  if (extname(path) === '.json') return parseJson(await readFile(path, 'utf8'), name)
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    if (typeof module === 'object' && module !== null && 'default' in module) return module.default
  } catch (error) {
    throw new ConfigError([{ setting: name, problem: await unreadableFile(path, error) }])
  }
  throw new ConfigError([{ setting: name, problem: 'has no default export; write `export default { … }`.' }])
}

/** The parser's own message may quote the file, and the file may hold secrets. */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, at] = /at position (\d+)/.exec(error instanceof Error ? error.message : '') ?? []
    const before = at === undefined ? undefined : text.slice(0, Number(at)).split('\n')
    const place = before === undefined ? '' : ` (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
    throw new ConfigError([{ setting: name, problem: `is not valid: it cannot be parsed${place}.` }])
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
