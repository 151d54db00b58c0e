import { z } from 'zod'
import { nativeCodes } from './errors.ts'
import type { Operation, Who } from './operation.ts'
import type { Section } from './routes.ts'
import { exampleBodies } from './schemas/examples.ts'
import { names } from './schemas/named.ts'
import { errorBody } from './schemas/service.ts'

type Json = Record<string, unknown>

/** A JSON Schema as the document shows it. */
export interface SchemaNode {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly maxLength?: number
}

const place = '#/components/schemas/'

/** Every named schema, as JSON Schema 2020-12. */
export function namedSchemas(): Readonly<Record<string, SchemaNode>> {
  const { schemas } = z.toJSONSchema(names, { uri: (id) => place + id, io: 'input' })
  return Object.fromEntries(
    Object.entries(schemas)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema as SchemaNode]),
  )
}

/** The name of a schema in the document. */
export function nameOf(schema: z.ZodType): string {
  const found = names.get(schema)?.id
  if (found === undefined) throw new Error('a schema of the route table has no name')
  return found
}

const refTo = (schema: z.ZodType): Json => ({ $ref: place + nameOf(schema) })

/** The parameters of a query, in the order of their declaration. */
export function queryFields(query: z.ZodType): readonly (readonly [string, SchemaNode, boolean])[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input' }) as SchemaNode
  return Object.entries(properties).map(([name, schema]) => [name, schema, required.includes(name)])
}

/** What may go wrong with an operation, beyond what its own list says. */
const common = {
  public: ['validation_failed', 'over_request_rate_limit', 'origin_not_allowed', 'key_invalid'],
  user: ['no_authorization', 'bad_jwt', 'session_not_found', 'user_banned'],
  admin: ['no_authorization', 'key_invalid', 'not_admin', 'insufficient_scope', 'origin_not_allowed'],
} as const

/** Every code an operation may refuse with, that everybody may meet left out. */
export function codesOf({ who, scope, codes, method, path, captcha }: Operation): readonly string[] {
  const kind = who === 'public' ? 'public' : who.startsWith('admin:') ? 'admin' : 'user'
  const repeatable = kind === 'admin' && method === 'POST' ? ['conflict', 'idempotency_key_reused'] : []
  const own = path.includes(':') ? ['not_found'] : []
  const solved = captcha === undefined ? [] : ['captcha_failed']
  const limits = kind === 'public' ? [] : ['validation_failed', 'over_request_rate_limit']
  const keys =
    kind !== 'user' ? [] : scope === undefined ? ['insufficient_scope'] : ['insufficient_scope', 'access_key_invalid']
  const level = who === 'user' || who === 'recent' ? ['insufficient_aal'] : []
  const recency = who === 'recent' ? [...level, 'reauthentication_needed'] : level
  return [...new Set([...common[kind], ...limits, ...keys, ...recency, ...repeatable, ...own, ...solved, ...codes])]
}

const securityOf: Readonly<Record<'public' | 'user' | 'admin', readonly Json[]>> = {
  public: [{}, { publishableKey: [] }],
  user: [{ accessToken: [] }],
  admin: [{ secretKey: [] }],
}

function scopeIn({ who, scope }: Operation): Json {
  const needed = who.startsWith('admin:') ? who.slice('admin:'.length) : scope
  return needed === undefined ? {} : { 'x-scope': needed }
}

const kindOf = (who: Who) => (who === 'public' ? 'public' : who.startsWith('admin:') ? 'admin' : 'user')

function idOf({ method, path }: Operation): string {
  const words = path.replaceAll(':', 'by-').split(/[/.-]/).filter(Boolean)
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

const idempotencyHeader = [
  'Idempotency-Key',
  '1 to 128 visible characters: the same request again within a day gets the same answer.',
] as const

function parametersOf(operation: Operation): Json[] {
  const { path, query, headers = [] } = operation
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = query === undefined ? [] : queryFields(query)
  const opening = (operation.opensWith ?? []).map(([name, description, needed]) => ({
    name,
    in: 'query',
    required: needed === 'needed',
    description,
    schema: { type: 'string' },
  }))
  const repeatable = kindOf(operation.who) === 'admin' && operation.method === 'POST' ? [idempotencyHeader] : []
  const inHeaders = [...headers, ...repeatable].map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }))
  return [
    ...inPath,
    ...inQuery.map(([name, schema, required]) => ({ name, in: 'query', required, schema })),
    ...opening,
    ...inHeaders,
  ]
}

function bodyOf({ body, takesForm }: Operation): Json {
  if (body === undefined) return {}
  const schema = refTo(body)
  const example = exampleBodies[nameOf(body)]
  const form = takesForm === true ? { 'application/x-www-form-urlencoded': { schema } } : {}
  return { requestBody: { required: true, content: { 'application/json': { schema, example }, ...form } } }
}

function successOf({ status, answer, type, about }: Operation): Json {
  if (answer !== undefined)
    return { description: about, content: { [type ?? 'application/json']: { schema: refTo(answer) } } }
  if (type === undefined) return { description: 'Done.' }
  return { description: about, content: Object.fromEntries(type.split(' or ').map((one) => [one, {}])), status }
}

function refusalsOf(operation: Operation): Json {
  const wanted = new Set(codesOf(operation))
  const found = nativeCodes.filter(({ code }) => wanted.has(code))
  return Object.fromEntries(
    [...new Set(found.map(({ status }) => status))].map((status) => [
      String(status),
      {
        description: found
          .filter((each) => each.status === status)
          .map(({ code }) => code)
          .join(', '),
        content: {
          'application/json': {
            schema: refTo(errorBody),
            examples: Object.fromEntries(
              found
                .filter((each) => each.status === status)
                .map(({ code }) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  )
}

function operationOf(operation: Operation, tag: string): Json {
  const { status: _, ...success } = successOf(operation)
  const also = (operation.also ?? []).map(({ status, about }) => [String(status), { description: about }])
  return {
    operationId: idOf(operation),
    tags: [tag],
    summary: operation.about,
    security: [...securityOf[kindOf(operation.who)], ...(operation.scope === undefined ? [] : [{ accessKey: [] }])],
    ...scopeIn(operation),
    parameters: parametersOf(operation),
    ...bodyOf(operation),
    responses: { [String(operation.status)]: success, ...Object.fromEntries(also), ...refusalsOf(operation) },
  }
}

/** Every refusal as it looks on the wire. */
const exampleRefusals = () =>
  Object.fromEntries(
    nativeCodes.map(({ code, status, message }) => [
      code,
      {
        value: {
          code,
          message,
          requestId: '0199c0de-7a3b-7c4d-8e5f-60718293a4b5',
          details: {},
          retryAfter: status === 429 || status === 503 ? 30 : null,
        },
      },
    ]),
  )

/** The OpenAPI 3.1 document of a route table. @param place.url public address of the mount */
export function openApiOf(
  sections: readonly Section[],
  { url, name }: { readonly url: string; readonly name: string },
): Json {
  const paths: Record<string, Json> = {}
  for (const { title, operations } of sections) {
    for (const operation of operations) {
      const path = operation.path.replace(/:(\w+)/g, '{$1}')
      paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(operation, title) }
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: `${name} authentication`, version: '1', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url }],
    tags: sections.map(({ title, about }) => ({ name: title, description: about })),
    paths,
    components: {
      schemas: namedSchemas(),
      examples: exampleRefusals(),
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        accessKey: { type: 'http', scheme: 'bearer', description: 'A personal access token with the scope, wwk_….' },
        publishableKey: {
          type: 'apiKey',
          in: 'header',
          name: 'Watchword-Key',
          description: 'A key that begins with wwp_: names the app. Needed where the server says so.',
        },
        secretKey: { type: 'http', scheme: 'bearer', description: 'A key that begins with wws_; from servers alone.' },
      },
    },
  }
}
