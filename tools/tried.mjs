// Examples made ready to be run: every place that has to be reached is marked, and types are gone.
import { parseSync } from 'oxc-parser'
import { transformSync } from 'rolldown/utils'

/** What an example does with what it has: reaching it is what the example is for. */
const deeds = new Set(['show', 'showDialog', 'navigate', 'location.assign'])

const nameOf = (node) =>
  node.type === 'MemberExpression' ? `${nameOf(node.object)}.${node.property.name}` : (node.name ?? '')

/** What a node and all below it must be seen to reach. */
function placesIn(node) {
  if (node === null || typeof node !== 'object') return []
  const below = Object.values(node).flatMap(placesIn)
  if (node.type === 'AwaitExpression') return [node.argument, ...below]
  if (node.type === 'CallExpression' && deeds.has(nameOf(node.callee))) return [node, ...below]
  if (node.type === 'ArrowFunctionExpression' && node.body.type !== 'BlockStatement') return [node.body, ...below]
  return below
}

/** The names that a pattern binds. */
function bound(pattern) {
  if (pattern.type === 'ObjectPattern') return pattern.properties.flatMap(({ value }) => bound(value))
  return [pattern.name]
}

/**
 * The body of a function that does what an example does. It takes for granted what the example does, and `mark`, which is
 * given the number of each place that is reached and what is found there; it answers with what the example named. Of JSX the
 * element is what it answers with.
 * @returns the body, and how many places there are
 */
export function readied({ name, code }) {
  const isElement = code.startsWith('<')
  const text = isElement ? `const element = (${code})` : code
  const { program } = parseSync(name, text)
  const places = [...new Set(placesIn(program))]
  const cuts = places.flatMap(({ start, end }, at) => [
    { at: start, order: -end, put: `mark(${at}, ` },
    { at: end, order: start, put: ')' },
  ])
  // What begins in one place: the outer first. What ends in one place: the inner first, and before what begins there.
  cuts.sort(
    (one, other) =>
      one.at - other.at || (one.put === ')' ? 0 : 1) - (other.put === ')' ? 0 : 1) || one.order - other.order,
  )
  const parts = cuts.map(({ at, put }, index) => text.slice(cuts[index - 1]?.at ?? 0, at) + put)
  const whole = parts.join('') + text.slice(cuts.at(-1)?.at ?? 0)
  const names = program.body.flatMap(({ type, declarations }) =>
    type === 'VariableDeclaration' ? declarations.flatMap(({ id }) => bound(id)) : [],
  )
  const { code: body, errors } = transformSync(name, `${whole}\nexport { ${names.join(', ')} }`, {
    lang: name.endsWith('x') ? 'tsx' : 'ts',
    target: 'es2022',
    jsx: { runtime: 'classic' },
  })
  if (errors.length > 0) throw new SyntaxError(`${name}: ${errors[0].message}`)
  const answer = body.replace(/export \{([^}]*)\};?\s*$/, 'return {$1}').replace(/^export \{\};?$/m, '')
  return { body: `'use strict'; {\n${answer}\n}`, places: places.length }
}
