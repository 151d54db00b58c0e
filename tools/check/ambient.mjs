import { finding, isShipped, walk } from './source.mjs'

/** The files whose job it is to meet the machine. */
const ends = /^packages\/[^/]+\/src\/(base\/runtime\.ts|config[^/]*\.ts|config\/.*|main\.ts|cli\/.*)$/
const forbidden = {
  'Date.now': 'take `now` from the Runtime argument',
  'performance.now': 'take `now` from the Runtime argument',
  'Math.random': 'take `randomBytes` from the Runtime argument',
  'process.env': 'read settings in config and hand them in',
  'console.*': 'use `log` from the Runtime argument',
}

function ambientAt(node) {
  if (node.type === 'NewExpression' && node.callee.name === 'Date' && node.arguments.length === 0) {
    return ['new Date()', forbidden['Date.now']]
  }
  if (node.type === 'MemberExpression' && node.object.type === 'Identifier') {
    const member = node.object.name === 'console' ? '*' : (node.property.name ?? node.property.value)
    const key = `${node.object.name}.${member}`
    if (Object.hasOwn(forbidden, key)) return [key, forbidden[key]]
  }
  if (node.type === 'ImportDeclaration' && /^(node:)?process$/.test(node.source.value)) {
    const names = node.specifiers.map((specifier) => specifier.imported?.name)
    if (names.includes('env')) return ['process.env', forbidden['process.env']]
  }
  return undefined
}

function ambientIn(file) {
  const found = []
  walk(file.program, (node) => {
    const hit = ambientAt(node)
    if (hit) found.push(finding(file, node.start, `${hit[0]} comes from nowhere; ${hit[1]}`))
  })
  return found
}

function moduleState(file) {
  return file.program.body
    .map((statement) => (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement))
    .filter((statement) => statement?.type === 'VariableDeclaration' && statement.kind !== 'const')
    .map((statement) =>
      finding(file, statement.start, 'state at module level outlives its owner; keep it in a factory'),
    )
}

/** Time, chance, environment and output come in by argument, and no state lives outside a factory. */
export function checkAmbient(files) {
  const shipped = files.filter((file) => isShipped(file.path))
  return [...shipped.filter((file) => !ends.test(file.path)).flatMap(ambientIn), ...shipped.flatMap(moduleState)]
}
