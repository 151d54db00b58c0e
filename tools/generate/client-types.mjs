// The types of @watchword/client: one flat declaration for each schema of the OpenAPI document, and the closed list of codes.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const path = 'packages/client/src/api/types.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function typeOf(schema) {
  if (schema.$ref !== undefined) return named(schema.$ref.split('/').at(-1))
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return variants.map(typeOf).join(' | ')
  if (schema.items !== undefined) return `(${typeOf(schema.items)})[]`
  if (schema.properties !== undefined) return `{ ${membersOf(schema).join('; ')} }`
  const plain = { integer: 'number', object: 'Json', undefined: 'unknown' }
  return [schema.type]
    .flat()
    .map((one) => plain[one] ?? one)
    .join(' | ')
}

/** `Error` is the name of something else in every program. */
const named = (name) => (name === 'Error' ? 'ErrorBody' : name)

function commentOf({ description, examples }) {
  const words = [description, examples === undefined ? undefined : `For example \`${examples.join('`, `')}\`.`]
  const text = words.filter(Boolean).join(' ')
  return text === '' ? '' : `/** ${text} */\n`
}

const optional = (one) => (one.anyOf ?? one.oneOf ?? []).some(({ type }) => type === 'undefined')

function membersOf({ properties, required = [] }) {
  return Object.entries(properties).map(([name, one]) => {
    const mark = required.includes(name) && !optional(one) ? '' : '?'
    return `\n${commentOf(one)}${name}${mark}: ${typeOf(one)}${mark === '?' ? ' | undefined' : ''}`
  })
}

function declarationOf([name, schema]) {
  const about = `/** ${schema.description ?? `\`${name}\` of the native API.`} */\n`
  if (schema.properties === undefined) return `${about}export type ${named(name)} = ${typeOf(schema)}`
  const members = membersOf(schema)
  if (members.length === 0) return `${about}export type ${named(name)} = Record<string, never>`
  return `${about}export interface ${named(name)} {${members.join('')}\n}`
}

function formatted(text) {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const run = spawnSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`The types of the client could not be formatted.\n${run.stderr}`)
  return run.stdout
}

/** The declarations as TypeScript. */
export async function render() {
  const dialect = '../../packages/server/dist/dialects/native'
  const { nativeCodes } = await import(`${dialect}/errors.js`)
  const { namedSchemas } = await import(`${dialect}/openapi.js`)
  await import(`${dialect}/routes.js`)
  const codes = nativeCodes.map(({ code }) => JSON.stringify(code)).join(' | ')
  return formatted(
    [
      '// Data: the shapes of the native API. Made from its OpenAPI document by `npm run generate`; do not edit.',
      '/** Any JSON object. */\nexport type Json = Record<string, unknown>',
      `/** Every code the server refuses with. The list only grows. */\nexport type ServerCode = ${codes}`,
      ...Object.entries(namedSchemas()).map(declarationOf),
      '',
    ].join('\n\n'),
  )
}
