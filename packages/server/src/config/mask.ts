import type { HookPlace } from '../core/hooks/hook.ts'
import { catalog, type Entry, valueAt } from './catalog.ts'
import type { Config } from './deployment.ts'
import { parseUrl } from './kinds.ts'
import type { Source } from './layer.ts'
import { groupName } from './text-gateway-group.ts'

/** One setting as it may be shown: to an operator, in a crash report, in a support request. */
export interface ShownSetting {
  readonly path: string
  readonly variable: string
  /** Masked where it is secret. Undefined where nothing is set. */
  readonly value: unknown
  /** Undefined where there is none, or where it follows from other settings. */
  readonly fallback: unknown
  readonly source: Source
  readonly secret: boolean
  readonly about: string
}

/** Every setting with its value; secrets as `set (43 characters)` or `not set`, URLs without their credentials. */
export function maskConfig(config: Config): readonly ShownSetting[] {
  const values = asConfigured(config)
  return catalog().map((entry) => ({
    path: entry.path,
    variable: entry.variables[0],
    value: maskValue(entry, valueAt(values, entry.path.split('.'))),
    fallback: entry.fallback,
    source: config.sources.get(entry.path) ?? 'default',
    secret: entry.secret === true,
    about: entry.about,
  }))
}

function maskValue(entry: Entry, value: unknown): unknown {
  if (entry.secret === true) return maskSecret(value)
  return entry.credentials === true && typeof value === 'string' ? maskUrl(value) : value
}

/** `set (43 characters)`, `set (2 values)` or `not set`. */
export function maskSecret(value: unknown): string {
  if (value === undefined || value === '') return 'not set'
  if (Array.isArray(value)) return `set (${value.length} ${value.length === 1 ? 'value' : 'values'})`
  return typeof value === 'string' ? `set (${value.length} characters)` : 'set'
}

/** A URL with its user name, its password and its query hidden. */
export function maskUrl(value: string): string {
  const url = parseUrl(value)
  if (url === undefined) return '(not a URL)'
  const who = url.username === '' && url.password === '' ? '' : '•••@'
  return `${url.protocol}//${who}${url.host}${url.pathname}${url.search === '' ? '' : '?•••'}`
}

/** The configuration in the shape of its schema again. */
function asConfigured({ settings, deployment }: Config): object {
  const { database, schema, secrets } = deployment
  return {
    ...deployment,
    ...settings,
    database: { schema, ...(database.kind === 'postgres' ? database : {}) },
    secrets: { ...secrets, encryptionKey: secrets.encryptionKeys },
    sms: textsAsConfigured(deployment.texts),
    hooks: hooksAsConfigured(deployment.hooks),
  }
}

function textsAsConfigured({ gateway, template }: Config['deployment']['texts']): object {
  if (gateway === undefined) return { template }
  return { provider: gateway.id, url: gateway.url, template, [groupName(gateway.id)]: gateway.options }
}

function hooksAsConfigured(hooks: Config['deployment']['hooks']): object {
  return Object.fromEntries(
    Object.entries(hooks).map(([name, place]) => [name, { enabled: true, ...shownPlace(place) }]),
  )
}

function shownPlace(place: HookPlace): object {
  if (place.kind === 'function') return { function: 'a function' }
  if (place.kind === 'http') return { uri: place.url, secrets: place.secrets }
  return { uri: `pg-functions://postgres/${place.schema}/${place.name}` }
}
