import { parseSync, visitorKeys } from 'oxc-parser'

/**
 * One source file as the rules see it: its path from the root, its text, its syntax tree (parsed once, when first asked
 * for) and the line of any place in it.
 */
export function source(path, text) {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  let parsed
  const parse = () => {
    parsed ??= parseSync(path, text)
    return parsed
  }
  return {
    path,
    text,
    lines: text.split('\n'),
    get program() {
      return parse().program
    },
    get comments() {
      return parse().comments
    },
    lineOf: (offset) => starts.findLastIndex((start) => start <= offset) + 1,
  }
}

/** A finding: where, and in one sentence what is wrong and what to do about it. */
export function finding(file, offset, message) {
  return { file: file.path, line: file.lineOf(offset), message }
}

const isTest = (path) => /\.test\.(ts|tsx|mjs)$/.test(path) || /^packages\/[^/]+\/test\//.test(path)
export const isScript = (path) => /\.(ts|tsx|mjs|js)$/.test(path) && !path.endsWith('.d.ts')
/** Source that is shipped: under some package's src, and not a test. */
export const isShipped = (path) => /^packages\/[^/]+\/src\//.test(path) && isScript(path) && !isTest(path)

/** Calls `visit(node, parents)` for every node, outermost first; `parents` runs from the root to the direct parent. */
export function walk(program, visit) {
  const parents = []
  const step = (node) => {
    visit(node, parents)
    parents.push(node)
    for (const key of visitorKeys[node.type] ?? []) {
      for (const child of [node[key]].flat()) if (child) step(child)
    }
    parents.pop()
  }
  step(program)
}

const isTypeOnly = (statement, kind) =>
  statement[kind] === 'type' ||
  (statement.specifiers?.length > 0 && statement.specifiers.every((specifier) => specifier[kind] === 'type'))

/** Everything a file imports or re-exports: `{ from, typeOnly, offset }`, dynamic imports among them. */
export function importsOf(file) {
  const found = []
  walk(file.program, (node) => {
    const from = node.source?.value
    if (typeof from !== 'string') return
    if (node.type === 'ImportDeclaration') {
      found.push({ from, typeOnly: isTypeOnly(node, 'importKind'), offset: node.start })
    } else if (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') {
      found.push({ from, typeOnly: isTypeOnly(node, 'exportKind'), offset: node.start })
    } else if (node.type === 'ImportExpression') found.push({ from, typeOnly: false, offset: node.start })
    else if (node.type === 'TSImportType') found.push({ from, typeOnly: true, offset: node.start })
  })
  return found
}
