import type { JsonObject } from '../users/user.ts'

/** One part of a path: a member, an element, or every element. */
type Part = { readonly name: string } | { readonly index: number } | 'each'

const bracket = /^\[(?:(\d{1,4})|\*?|'([^']+)')\]/

/**
 * The parts of a path: names between dots, each followed by any number of `[2]` (an element, from 0), `[*]` or `[]` (every
 * element) and `['a.b']` (a name with dots). Undefined where it is no such path.
 */
export function readPath(path: string): readonly Part[] | undefined {
  const parts: Part[] = []
  const rest = { text: `.${path}` }
  while (rest.text !== '') {
    const name = /^\.([^.[\]]+)/.exec(rest.text)
    const found = name ?? (parts.length === 0 ? null : bracket.exec(rest.text))
    if (found === null) return undefined
    parts.push(name === null ? inBrackets(found) : { name: name[1] ?? '' })
    rest.text = rest.text.slice(found[0].length)
  }
  return parts
}

function inBrackets([, index, name]: RegExpExecArray): Part {
  if (name !== undefined) return { name }
  return index === undefined ? 'each' : { index: Number(index) }
}

/** The member a path begins with; undefined where it cannot be read. */
export function rootOf(path: string): string | undefined {
  const first = readPath(path)?.[0]
  return typeof first === 'object' && 'name' in first ? first.name : undefined
}

interface Found {
  readonly values: readonly unknown[]
  /** Whether there may be several: then the answer is a list, of one or of none too. */
  readonly isList: boolean
}

/**
 * What a path leads to, through own members alone; undefined where it leads nowhere. A path through every element answers a
 * flat list of what it finds below them, and so does a name that is asked of a list. A number between dots is an element.
 */
export function follow(from: unknown, path: string): unknown {
  const start: Found = { values: [from], isList: false }
  const { values, isList } = (readPath(path) ?? []).reduce(step, start)
  return isList ? values : values[0]
}

const nothing: Found = { values: [], isList: false }

function step(at: Found, part: Part): Found {
  if (part === 'each') return opened(at)
  if ('index' in part) return found(at, (value) => (Array.isArray(value) ? value[part.index] : undefined))
  const { name } = part
  const isNumber = /^\d+$/.test(name)
  if (at.values.some(Array.isArray) && !isNumber) return step(opened(at), part)
  return found(at, (value) => memberOf(value, name))
}

/** What was a list is no list of lists: its elements follow each other. */
function opened({ values, isList }: Found): Found {
  if (!isList && !values.some(Array.isArray)) return nothing
  return { values: values.flatMap((value) => (Array.isArray(value) ? value : [value])), isList: true }
}

function found({ values, isList }: Found, read: (value: unknown) => unknown): Found {
  const next = values.map(read).filter((value) => value !== undefined)
  return { values: next, isList }
}

function memberOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined
  return (value as JsonObject)[name]
}
