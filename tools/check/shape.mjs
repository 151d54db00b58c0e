import { finding, isShipped, walk } from './source.mjs'

const mostLines = 350
const mostFunctionLines = 60
const vagueFolders = /\/(utils?|helpers?|common|misc)\//
const dataMark = /^\s*(\/\/|\/\*\*?)\s*Data:/
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|timing\.test|config|d))?\.[a-z]+$/
const isReadme = (path) => path.endsWith('/README.md')
/** Migrations are called by number: `0001_foundation.sql`. */
const isMigration = (path) => /\/migrations\/\d{4}_[a-z0-9_]+\.(sql|ts)$/.test(path)
const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** A function inside that has a name is a function of its own: its lines are counted for it alone. */
function hasOwnName(node, parent) {
  if (node.type === 'FunctionDeclaration') return true
  if (parent?.type === 'VariableDeclarator' || parent?.type === 'MethodDefinition') return true
  return parent?.type === 'Property' && parent.value === node
}

function nameOf(node, parent) {
  const id = node.id ?? parent?.id ?? parent?.key
  return id?.name ?? 'this function'
}

function longFunctions(file) {
  const found = []
  walk(file.program, (node, parents) => {
    if (!functions.has(node.type) || !node.body) return
    const length = file.lineOf(node.end) - file.lineOf(node.start) + 1
    if (length <= mostFunctionLines) return
    let inner = 0
    walk(node.body, (child, between) => {
      if (!functions.has(child.type) || !hasOwnName(child, between.at(-1))) return
      // A named function within a named one was counted with its owner.
      if (between.some((outer, at) => functions.has(outer.type) && hasOwnName(outer, between[at - 1]))) return
      inner += file.lineOf(child.end) - file.lineOf(child.start)
    })
    if (length - inner <= mostFunctionLines) return
    const message = `${nameOf(node, parents.at(-1))} has ${length - inner} lines of its own, ${mostFunctionLines} is the most; take a step out and name it`
    found.push(finding(file, node.start, message))
  })
  return found
}

function shapeOf(file) {
  const found = []
  const lines = file.lines.at(-1) === '' ? file.lines.length - 1 : file.lines.length
  if (lines > mostLines && !dataMark.test(file.lines[0])) {
    const message = `${lines} lines, ${mostLines} is the most; split it by idea (a table of data starts with "// Data:")`
    found.push(finding(file, 0, message))
  }
  if (vagueFolders.test(file.path))
    found.push(finding(file, 0, 'the folder name says nothing; name it after what it holds'))
  return found
}

/** Files and functions stay short, and names say what is inside. */
export function checkShape(files) {
  return [
    ...files.filter((file) => isShipped(file.path)).flatMap((file) => [...shapeOf(file), ...longFunctions(file)]),
    ...files
      .filter(
        (file) =>
          /^packages\/[^/]+\/(src|test)\//.test(file.path) &&
          !isMigration(file.path) &&
          !(isReadme(file.path) || kebab.test(file.path.split('/').at(-1))),
      )
      .map((file) => finding(file, 0, 'file names are kebab-case, after their main export')),
  ]
}
