import { createHash } from 'node:crypto'

/** SQL text with numbered placeholders and the values bound to them. Made by {@link sql} alone. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** Same text, same name: what a prepared statement is known by. */
  readonly name: string
}

/** No value that came from outside can carry it, whatever its fields are called. */
const made = Symbol('statement')

const isStatement = (value: unknown): value is Statement => typeof value === 'object' && value !== null && made in value

interface Shape {
  readonly text: string
  readonly name: string
  readonly [made]: true
}

/** Texts of templates without nested statements never change, so they are put together once. */
const shapes = new WeakMap<TemplateStringsArray, Shape>()

const nameOf = (text: string): string => `w${createHash('sha1').update(text).digest('base64url')}`

/**
 * A statement: every `${value}` is bound, never spliced, save another statement, which is nested with its values.
 * The schema is written `auth.` and replaced by the configured one when the statement is prepared.
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  return make(strings, values)
}

function make(strings: TemplateStringsArray, values: readonly unknown[]): Statement & Shape {
  if (values.some(isStatement)) return nest(strings, values)
  const known = shapes.get(strings)
  if (known !== undefined) return { text: known.text, name: known.name, [made]: true, values }
  const text = strings.reduce((before, part, index) => `${before}$${index}${part}`)
  const shape: Shape = { text, name: nameOf(text), [made]: true }
  shapes.set(strings, shape)
  return { ...shape, values }
}

/** The same for templates with nested statements, of which there are as many shapes as combinations of their names. */
const nestings = new WeakMap<TemplateStringsArray, Map<string, Shape>>()

function nest(strings: TemplateStringsArray, values: readonly unknown[]): Statement & Shape {
  const known = nestings.get(strings) ?? new Map<string, Shape>()
  nestings.set(strings, known)
  let inner = ''
  const bound: unknown[] = []
  for (const value of values) {
    if (isStatement(value)) {
      inner += `${value.name},`
      bound.push(...value.values)
    } else {
      inner += ','
      bound.push(value)
    }
  }
  const shape = known.get(inner) ?? shapeOf(strings, values)
  known.set(inner, shape)
  return { text: shape.text, name: shape.name, [made]: true, values: bound }
}

function shapeOf(strings: TemplateStringsArray, values: readonly unknown[]): Shape {
  let text = strings[0] ?? ''
  let count = 0
  values.forEach((value, index) => {
    if (isStatement(value)) {
      const before = count
      text += value.text.replace(/\$(\d+)/g, (_, position) => `$${Number(position) + before}`)
      count += value.values.length
    } else {
      count += 1
      text += `$${count}`
    }
    text += strings[index + 1] ?? ''
  })
  return { text, name: nameOf(text), [made]: true }
}

/** Statements put one after another with a separator between them; an empty list gives an empty statement. */
export function join(parts: readonly Statement[], separator: ' and ' | ', '): Statement {
  const [first, ...rest] = parts
  if (first === undefined) return sql``
  const glue = separator === ', ' ? sql`, ` : sql` and `
  return rest.reduce((before, part) => sql`${before}${glue}${part}`, first)
}

const identifiers = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/

/** Whether a name may stand in a statement by {@link identifier}. */
export function isIdentifier(name: string): boolean {
  return identifiers.test(name)
}

/** A name that somebody configured, quoted, to stand in a statement. @throws Error for anything but letters, digits, `_` and `$` */
export function identifier(name: string): Statement {
  if (!isIdentifier(name)) throw new Error('not the name of anything')
  const text = `"${name}"`
  const statement: Statement & Shape = { text, name: nameOf(text), [made]: true, values: [] }
  return statement
}

/** A value for a `jsonb` column or parameter. */
export function json(value: unknown): string {
  return JSON.stringify(value)
}
