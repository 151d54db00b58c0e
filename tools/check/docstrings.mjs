import { posix } from 'node:path'
import { finding, isShipped } from './source.mjs'

const rooms = /^packages\/server\/src\/(base|core)\//
const entry = /^packages\/[^/]+\/src\/index\.tsx?$/
const kinds = {
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  ClassDeclaration: 'class',
  TSInterfaceDeclaration: 'interface',
}

/** What an export statement declares that owes its reader a sentence: `[{ id, kind }]`. */
function owing(declaration) {
  if (!declaration) return []
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations
      .filter(({ init }) => init?.type === 'ArrowFunctionExpression' || init?.type === 'FunctionExpression')
      .map(({ id }) => ({ id: id.name, kind: 'function' }))
  }
  const kind = kinds[declaration.type]
  return kind ? [{ id: declaration.id.name, kind }] : []
}

function hasDocstring(file, statement, previousEnd) {
  return file.comments.some(
    (comment) =>
      comment.type === 'Block' &&
      comment.value.startsWith('*') &&
      comment.start >= previousEnd &&
      comment.end <= statement.start,
  )
}

function missingIn(file, wanted) {
  const found = []
  const documented = new Set()
  let previousEnd = 0
  for (const statement of file.program.body) {
    const start = previousEnd
    previousEnd = statement.end
    if (statement.type !== 'ExportNamedDeclaration') continue
    for (const { id, kind } of owing(statement.declaration)) {
      if (wanted && !wanted.has(id)) continue
      // One docstring serves all overloads of a function.
      if (hasDocstring(file, statement, start)) documented.add(id)
      else if (!documented.has(id)) {
        const message = `the exported ${kind} ${id} has no docstring; say what it means, its units, defaults and errors`
        found.push(finding(file, statement.start, message))
      }
    }
  }
  return found
}

/** The names an entry hands on, by the file they come from. */
function handedOn(file) {
  const names = new Map()
  for (const statement of file.program.body) {
    if (statement.type !== 'ExportNamedDeclaration' || !statement.source?.value.startsWith('.')) continue
    const target = posix.join(posix.dirname(file.path), statement.source.value)
    const list = names.get(target) ?? new Set()
    for (const specifier of statement.specifiers) list.add(specifier.local.name)
    names.set(target, list)
  }
  return names
}

/** Whatever others build on carries a docstring: the package's exports, the ground floor and the core. */
export function checkDocstrings(files) {
  const shipped = files.filter((file) => isShipped(file.path))
  const found = shipped.filter((file) => rooms.test(file.path)).flatMap((file) => missingIn(file))
  for (const index of shipped.filter((file) => entry.test(file.path))) {
    found.push(...missingIn(index))
    for (const [path, names] of handedOn(index)) {
      const file = shipped.find((other) => other.path === path)
      if (file && !rooms.test(path)) found.push(...missingIn(file, names))
    }
  }
  return found
}
