import { expect } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { nativeCodes } from '#src/dialects/native/errors.ts'
import type { Operation } from '#src/dialects/native/operation.ts'
import { developmentSection, sections } from '#src/dialects/native/routes.ts'
import { errorBody } from '#src/dialects/native/schemas/service.ts'
import { startWorld, type World } from '../../world/world.ts'

const operations = [...sections, developmentSection].flatMap((section) => section.operations)

/** The line of the table a request belongs to; fixed segments come before parameters, as in the router. */
export function operationFor(method: string, path: string): Operation | undefined {
  const parts = path.split('?', 1)[0]?.split('/') ?? []
  const fits = ({ path: declared }: Operation) => {
    const wanted = declared.split('/')
    return wanted.length === parts.length && wanted.every((part, at) => part.startsWith(':') || part === parts[at])
  }
  const found = operations.filter((each) => each.method === method && fits(each))
  return found.sort((a, b) => a.path.split(':').length - b.path.split(':').length)[0]
}

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asserts.
export type Body = any

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  readonly text: string
}

export interface Ask {
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly form?: Record<string, string>
}

/** A started server, spoken to below `/v1`, with every answer held against its declaration. */
export interface NativeWorld extends World {
  ask(line: string, more?: Ask): Promise<Reply>
  admin(line: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
}

const statusOf = new Map(nativeCodes.map(({ code, status }) => [code as string, status]))

/** Fails for an answer outside its declaration: status, shape, or an undeclared way to fail. */
export function holdAgainstTable(line: string, { status, headers, body, text }: Reply): void {
  const [method = '', path = ''] = line.split(' ')
  const operation = operationFor(method, path)
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  if (status >= 400 && headers.get('content-type')?.startsWith('application/json')) {
    const refusal = errorBody.parse(body)
    expect([line, refusal.code, statusOf.get(refusal.code)]).toEqual([line, refusal.code, status])
    return
  }
  if (operation === undefined) throw new Error(`no route ${line}`)
  if (operation.also?.some((way) => way.status === status) === true) return
  expect([line, status]).toEqual([line, operation.status])
  if (operation.answer !== undefined) {
    const parsed = operation.answer.safeParse(body)
    if (!parsed.success) throw new Error(`${line} answered outside its declaration: ${parsed.error.message}`)
  } else if (operation.type === undefined) expect([line, text]).toEqual([line, ''])
}

/** Starts a server for a suite; close it in `afterAll`. */
export async function startNative(config: ConfigInput = {}, database?: 'embedded' | 'postgres'): Promise<NativeWorld> {
  return speakNative(await startWorld({ config, ...(database === undefined ? {} : { database }) }))
}

/** The same for a server that is started already. */
export function speakNative<W extends World>(world: W): W & NativeWorld {
  const ask = async (line: string, { body, token, headers, form }: Ask = {}): Promise<Reply> => {
    const [method = 'GET', path = '/'] = line.split(' ')
    const sent =
      form === undefined ? (body === undefined ? undefined : JSON.stringify(body)) : new URLSearchParams(form)
    const response = await fetch(`${world.url}/v1${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('application/json') === true
    const reply = {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    }
    holdAgainstTable(line, reply)
    return reply
  }
  return Object.assign(world, {
    ask,
    admin: (line: string, body?: unknown, headers: Record<string, string> = {}) =>
      ask(line, { token: world.secretKey, headers, ...(body === undefined ? {} : { body }) }),
  })
}

let people = 0

/** A fresh address. */
export function anAddress(name = 'ada'): string {
  people += 1
  return `${name}${people}@example.test`
}

export const password = 'seven quiet otters'

/** Somebody signed up and proved, with their session. */
export async function aPerson(world: NativeWorld, email = anAddress()): Promise<{ email: string; complete: Body }> {
  const begun = await world.ask('POST /sign-up/password', { body: { email, password } })
  const { code } = await world.inbox.waitFor(email, 'sign_up')
  const attempt = begun.body.attempt.token
  const { body } = await world.ask('POST /attempts/answer', { body: { attempt, code } })
  expect(body.status).toBe('complete')
  return { email, complete: body }
}

/** The refusal's code, for short expectations. */
export const codeOf = ({ body }: Reply): string => body?.code
