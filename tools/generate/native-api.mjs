// The page of the native dialect: its words stand in native-api/, its tables come from the route table.
import { readFileSync } from 'node:fs'

export const path = 'docs/reference/native-api.md'

const cell = (text) => text.replaceAll('|', '\\|')
const code = (text) => `\`${text}\``

function fieldsOf(schema) {
  const required = new Set(schema.required ?? [])
  const names = Object.keys(schema.properties ?? {})
  return names.map((name) => `${code(name)}${required.has(name) ? '\\*' : ''}`).join(' ')
}

function whoOf({ who }) {
  return who.startsWith('admin:') ? code(who.slice('admin:'.length)) : who
}

function requestOf(operation, { namedSchemas, nameOf, queryFields }) {
  const { body, query, opensWith = [] } = operation
  const inBody = body === undefined ? '' : fieldsOf(namedSchemas()[nameOf(body)])
  const inQuery =
    query === undefined
      ? ''
      : queryFields(query)
          .map(([name]) => code(name))
          .join(' ')
  const opened = opensWith.map(([name, , needed]) => `${code(name)}${needed === undefined ? '' : '\\*'}`).join(' ')
  return (
    [inBody, inQuery === '' ? '' : `?${inQuery}`, opened === '' ? '' : `?${opened}`].filter(Boolean).join(' · ') || '–'
  )
}

function successOf({ status, answer, type, also = [] }, { nameOf }) {
  const first = answer === undefined ? (type === undefined ? '' : ` ${type}`) : ` ${nameOf(answer)}`
  return cell([`${status}${first}`, ...also.map((way) => `${way.status} ${way.about}`)].join(' · '))
}

function rowOf(operation, tools) {
  const { method, path: route, about, codes } = operation
  const own = codes.length === 0 ? '–' : codes.join(' ')
  const cells = [
    `${method} ${code(route)}`,
    whoOf(operation),
    requestOf(operation, tools),
    successOf(operation, tools),
    own,
  ]
  return `| ${cells.join(' | ')} | ${cell(about)} |`
}

const head = ['| method, path | who | request | success | codes | |', '| --- | --- | --- | --- | --- | --- |']

function sectionOf({ title, about, operations }, tools) {
  return [`## ${title}`, '', about, '', ...head, ...operations.map((one) => rowOf(one, tools)), ''].join('\n')
}

function errorsOf(codes) {
  const rows = codes.map((one) => `| ${one.status} | \`${one.code}\` | ${cell(one.message)} |`)
  return ['| status | code | message |', '| --- | --- | --- |', ...rows, ''].join('\n')
}

function typeOf(schema) {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((one) => `'${one}'`).join(' | ')
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return variants.map(typeOf).join(' | ')
  if (schema.items !== undefined) return `(${typeOf(schema.items)})[]`.replace(/^\((\w+)\)/, '$1')
  if (schema.properties !== undefined) return `{ ${membersOf(schema).join('; ')} }`
  const plain = { integer: 'number', object: 'Json', undefined: 'unknown' }
  return [schema.type]
    .flat()
    .map((one) => plain[one] ?? one)
    .join(' | ')
}

function membersOf({ properties, required = [] }) {
  return Object.entries(properties).map(([name, one]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(one)}`)
}

function shapeOf([name, schema]) {
  if (schema.properties === undefined) return `type ${name} = ${typeOf(schema)}`
  return `interface ${name} {\n${membersOf(schema)
    .map((member) => `  ${member}`)
    .join('\n')}\n}`
}

/** The page as Markdown. */
export async function render() {
  const dialect = '../../packages/server/dist/dialects/native'
  const { sections, developmentSection } = await import(`${dialect}/routes.js`)
  const { nativeCodes } = await import(`${dialect}/errors.js`)
  const tools = await import(`${dialect}/openapi.js`)
  const words = (name) => readFileSync(new URL(`./native-api/${name}.md`, import.meta.url), 'utf8')
  const shapes = Object.entries(tools.namedSchemas()).map(shapeOf)
  return [
    words('principles'),
    '# Endpoints\n',
    words('endpoints'),
    ...[...sections, developmentSection].map((section) => sectionOf(section, tools)),
    '# Errors\n',
    words('errors'),
    errorsOf(nativeCodes),
    '# Shapes\n',
    'TypeScript is the notation, `Json` any JSON object. Answers carry every field, `null` where it is empty.\n',
    `\`\`\`ts\n${shapes.join('\n\n')}\n\`\`\`\n`,
    words('conversations'),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}
