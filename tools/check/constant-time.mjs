import { finding, isShipped, walk } from './source.mjs'

const exact = /^(token|hash|code|secret|signature|state|digest|password)$/i
/** Compound names are judged by their last word where that word means nothing but a secret. */
const compound = /(Token|Hash|Secret|Signature|Digest|Password)$/
const equality = new Set(['===', '!==', '==', '!='])

function secretName(node) {
  const id = node.type === 'ChainExpression' ? node.expression : node
  const word = id.type === 'Identifier' ? id.name : id.type === 'MemberExpression' ? id.property.name : undefined
  return word && (exact.test(word) || compound.test(word)) ? word : undefined
}

/** A value written in the source is no secret: a kind, a status, an absence. */
function isKnown(node) {
  if (node.type === 'Literal' || (node.type === 'Identifier' && node.name === 'undefined')) return true
  if (node.type === 'TemplateLiteral') return node.expressions.length === 0
  return node.type === 'UnaryExpression'
}

function leak(node) {
  if (node.type === 'BinaryExpression' && equality.has(node.operator)) {
    if (isKnown(node.left) || isKnown(node.right)) return undefined
    return secretName(node.left) ?? secretName(node.right)
  }
  if (
    node.type === 'CallExpression' &&
    node.callee.type === 'MemberExpression' &&
    node.callee.property.name === 'equals'
  ) {
    return secretName(node.callee.object) ?? (node.arguments[0] && secretName(node.arguments[0]))
  }
  return undefined
}

/** Secrets are compared in time that does not tell where they differ. */
export function checkConstantTime(files) {
  const found = []
  for (const file of files.filter(({ path }) => isShipped(path))) {
    walk(file.program, (node) => {
      const word = leak(node)
      if (word) {
        const advice = 'use sameText or sameBytes of base/digest.ts, or a clearer name when it is no secret'
        found.push(finding(file, node.start, `${word} is compared in time that tells how much was right; ${advice}`))
      }
    })
  }
  return found
}
