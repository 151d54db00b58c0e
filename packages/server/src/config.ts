import { randomBytes as systemBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { deploymentOf, settingsOf } from './config/assemble.ts'
import { catalog, type Entry, nested } from './config/catalog.ts'
import { type Complete, complete } from './config/complete.ts'
import type { Config } from './config/deployment.ts'
import { type Environment, environmentLayer } from './config/environment-layer.ts'
import { fileLayer, objectLayer } from './config/file-layer.ts'
import type { Finding } from './config/finding.ts'
import { type Flags, flagLayer } from './config/flag-layer.ts'
import type { Given, Layer, Source } from './config/layer.ts'
import { keptKeys, type LocalKeys, localKeys, makeKeys } from './config/local-keys.ts'
import { ConfigError, type Mistake } from './config/mistake.ts'
import { findings } from './config/rules.ts'
import { type ConfigInput, type Parsed, schema } from './config/schema.ts'
import { resolveSecrets } from './config/secrets.ts'

export type { Config } from './config/deployment.ts'

/** Where the configuration comes from. */
export interface ConfigSources {
  /** Flags by name without dashes, as `parseArgs` answers them. Strongest. Default none. */
  readonly flags?: Flags
  /** The variables of the process. Default none. */
  readonly env?: Environment
  /** What relative paths are relative to, and where `watchword.config.*` is looked for. */
  readonly cwd: string
  /** A configuration given as an object; no file is looked for then. */
  readonly input?: ConfigInput
  /**
   * What to do where development has no keys yet: `make` and keep them in the data folder (default), or `pretend`, which
   * leaves no trace, for looking at a configuration.
   */
  readonly keys?: 'make' | 'pretend'
  readonly randomBytes?: (length: number) => Buffer
}

/**
 * Reads, checks and completes the configuration. Weakest first: defaults, file, environment, flags.
 * @throws ConfigError naming every mistake at once, never a secret's value
 */
export async function loadConfig(from: ConfigSources): Promise<Config> {
  const entries = catalog()
  const layers = await readLayers(from, entries)
  const merged = merge(layers)
  const { parsed, mistakes, failed } = parse(merged, entries)
  const config = complete(parsed)
  const nameOf = (path: string) => merged.get(path)?.name ?? displayName(path, entries)
  const judged = findings(config)
  const isClean = mistakes.length === 0 && ofKind(judged, 'mistake').length === 0
  // A start that is refused leaves no keys behind.
  const secrets = resolveSecrets(config, await developmentKeys(config, isClean ? from : { ...from, keys: 'pretend' }))
  const found = [...judged, ...secrets.findings].filter(({ path }) => !failed.has(path))
  const all: Mistake[] = [...layers.flatMap((layer) => layer.mistakes), ...mistakes]
  all.push(...ofKind(found, 'mistake').map(({ path, problem }) => ({ setting: nameOf(path), problem })))
  if (all.length > 0 || secrets.secrets === undefined) throw new ConfigError(all)
  const sources = new Map<string, Source>([...merged].map(([path, { source }]) => [path, source]))
  for (const path of secrets.generated) sources.set(path, 'generated')
  return {
    settings: settingsOf(config),
    deployment: deploymentOf(config, secrets.secrets, from.cwd),
    warnings: ofKind(found, 'warning').map(({ path, problem }) => `${nameOf(path)} ${problem}`),
    sources,
  }
}

async function readLayers({ flags = {}, env = {}, cwd, input }: ConfigSources, entries: readonly Entry[]) {
  const chosen = flags['config'] ?? env['WATCHWORD_CONFIG']
  const by = flags['config'] === undefined ? 'WATCHWORD_CONFIG' : '--config'
  const named = typeof chosen === 'string' && chosen !== '' ? { path: chosen, by } : undefined
  const file = input === undefined ? await fileLayer(cwd, named) : objectLayer(input, 'the given settings')
  return [file, await environmentLayer(env, entries, cwd), flagLayer(flags, entries)]
}

type Merged = ReadonlyMap<string, Given & { readonly source: Source }>

/** Layers come weakest first. */
function merge(layers: readonly Layer[]): Merged {
  return new Map(
    layers.flatMap(({ source, given }) => [...given].map(([path, value]) => [path, { ...value, source }] as const)),
  )
}

/** Parses what was given over the defaults; a value that fails is named and counts as not given. */
function parse(merged: Merged, entries: readonly Entry[]) {
  const first = schema.safeParse(over(merged, new Set()))
  if (first.success) return { parsed: first.data, mistakes: [], failed: new Set<string>() }
  const failed = new Set<string>()
  const mistakes = first.error.issues.map((issue): Mistake => {
    const path = issue.path.join('.')
    const given = merged.get(path)
    failed.add(path)
    return {
      setting: given?.name ?? displayName(path, entries),
      problem: `${issue.message}${quoted(path, given, entries)}`,
    }
  })
  const parsed: Parsed = schema.parse(over(merged, failed))
  return { parsed, mistakes, failed }
}

/** The rejected value, where it is short and no secret. */
function quoted(path: string, given: Given | undefined, entries: readonly Entry[]): string {
  const entry = entries.find((one) => one.path === path)
  const isHidden = entry === undefined || entry.secret === true || entry.credentials === true
  if (isHidden || typeof given?.value !== 'string') return '.'
  return ` (it is ${JSON.stringify(given.value.slice(0, 80))}).`
}

function over(merged: Merged, without: ReadonlySet<string>): object {
  const values = new Map<string, unknown>()
  for (const { path, fallback } of catalog()) values.set(path, fallback)
  for (const [path, { value }] of merged) if (!without.has(path)) values.set(path, value)
  return nested(values)
}

function displayName(path: string, entries: readonly Entry[]): string {
  return entries.find((entry) => entry.path === path)?.variables[0] ?? path
}

const ofKind = (found: readonly Finding[], kind: Finding['kind']) => found.filter((finding) => finding.kind === kind)

async function developmentKeys(config: Complete, from: ConfigSources): Promise<LocalKeys | undefined> {
  if (config.environment === 'production') return undefined
  const { encryptionKey, publishableKey, secretKey } = config.secrets
  const isComplete = encryptionKey !== undefined && publishableKey !== undefined && secretKey !== undefined
  const needsSecret = config.tokens.algorithm === 'HS256' && config.secrets.jwtSecret === undefined
  if (isComplete && !needsSecret) return undefined
  const folder = resolve(from.cwd, config.dataDir)
  const randomBytes = from.randomBytes ?? systemBytes
  return from.keys === 'pretend' ? ((await keptKeys(folder)) ?? makeKeys(randomBytes)) : localKeys(folder, randomBytes)
}
