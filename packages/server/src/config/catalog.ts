import { z } from 'zod'
import { type About, known } from './about.ts'
import { defaults } from './defaults.ts'
import { schema } from './schema.ts'

/** One setting: its path in the configuration, the names it goes by elsewhere, and what is known about it. */
export interface Entry extends About {
  /** Dotted: `sessions.idle`. */
  readonly path: string
  /** Variables in the order of their strength. */
  readonly variables: readonly [string, ...string[]]
  /** The default, undefined where there is none or where it depends on other settings ({@link About.otherwise}). */
  readonly fallback: unknown
}

/** Every setting there is, in the order of the schema. */
export function catalog(): readonly Entry[] {
  const fallbacks = defaults()
  return leavesOf(schema, []).map(({ at, about }) => {
    const path = at.join('.')
    const variables = [about.env ?? variableFor(at), ...(about.alsoEnv ?? [])] as const
    return { ...about, path, variables, fallback: valueAt(fallbacks, at) }
  })
}

/** The fields of a group of settings by name, or undefined where the schema is a setting itself. */
export function fieldsOf(node: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  return node instanceof z.ZodObject ? node.shape : undefined
}

function leavesOf(node: z.core.$ZodType, at: readonly string[]): { at: readonly string[]; about: About }[] {
  const fields = fieldsOf(node)
  if (fields !== undefined) return Object.entries(fields).flatMap(([name, field]) => leavesOf(field, [...at, name]))
  const about = known.get(node as z.ZodType)
  if (about === undefined) throw new Error(`The setting ${at.join('.')} is not described.`)
  return [{ at, about }]
}

/** The variable a setting would have by its path alone. */
export function variableFor(at: readonly string[]): string {
  const words = at.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return `WATCHWORD_${words.join('_').replace(/^LIMITS_/, 'RATE_LIMIT_')}`
}

/** The value at a path of plain objects, or undefined. */
export function valueAt(from: unknown, at: readonly string[]): unknown {
  return at.reduce<unknown>((value, name) => {
    const isGroup = typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    return isGroup ? (value as Record<string, unknown>)[name] : undefined
  }, from)
}

/** A nested record from values by dotted path. */
export function nested(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [path, value] of values) {
    const names = path.split('.')
    const last = names.pop() ?? path
    const group = names.reduce<Record<string, unknown>>((within, name) => {
      const next = (within[name] as Record<string, unknown> | undefined) ?? {}
      within[name] = next
      return next
    }, root)
    group[last] = value
  }
  return root
}
