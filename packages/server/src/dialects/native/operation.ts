import type { z } from 'zod'
import { type ErrorCode, invalid, Refusal } from '../../base/errors.ts'
import type { CaptchaPlace } from '../../core/captcha/captcha-places.ts'
import type { Core } from '../../core/core.ts'
import type { AccessScope } from '../../core/keys/access-scopes.ts'
import type { AdminScope } from '../../core/keys/api-keys.ts'
import type { Caller } from '../../flows/caller.ts'
import { refuseUnsolved } from '../../flows/steps/solved-captcha.ts'
import type { Bucket } from '../../gate/limited.ts'
import { type Answer, json, noContent } from '../../http/answer.ts'
import type { BodyLimits } from '../../http/body.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Method } from '../../http/route.ts'
import type { Native } from './dialect.ts'
import type { NativeCode } from './errors.ts'
import { once } from './once.ts'

/**
 * Who may call: anybody; somebody signed in, with the second factor where there is one; the same before it (`door`);
 * somebody who proved all of it recently; a secret key that reaches that far.
 */
export type Who = 'public' | 'user' | 'door' | 'recent' | `admin:${AdminScope}`

type Schema = z.ZodType | undefined
type Parsed<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined

/** One call of an operation, with what was parsed. */
export interface Call<B extends Schema = undefined, Q extends Schema = undefined> {
  readonly native: Native
  readonly core: Core
  readonly exchange: Exchange
  readonly caller: Caller
  readonly body: Parsed<B>
  readonly query: Parsed<Q>
}

/** An answer that is no JSON of the declared shape: a page, a stream, a way onwards. */
export class Raw {
  readonly answer: Answer
  constructor(answer: Answer) {
    this.answer = answer
  }
}

/** What a handler answers: the declared shape, nothing where none is declared, or a raw answer. */
export type Reply<A extends Schema> = A extends z.ZodType ? z.input<A> | Raw : unknown

/** What the table says about one route, for router, documentation and tests alike. */
export interface Spec<B extends Schema, Q extends Schema, A extends Schema> {
  /** One sentence. */
  readonly about: string
  readonly who: Who
  /** What a personal access token, or a session that one opened, needs for it. Default: none gets here. */
  readonly scope?: AccessScope
  /** Which counter it stands behind; default by who calls. */
  readonly bucket?: Bucket
  readonly body?: B
  /** What a solved captcha is asked for here, as `captcha` in the body. */
  readonly captcha?: CaptchaPlace
  readonly query?: Q
  /** Parameters in the query of an address that people open, where unknown ones pass: name, sentence, and whether it is needed. */
  readonly opensWith?: readonly (readonly [name: string, about: string, needed?: 'needed'])[]
  readonly answer?: A
  /** Default 200 with an answer, 204 without. */
  readonly status?: 200 | 201 | 204
  /** Content type of an answer that is no JSON. With an `answer` too, that is the shape of one event of it. */
  readonly type?: string
  /** Request headers with a meaning of their own: name and sentence. */
  readonly headers?: readonly (readonly [name: string, about: string])[]
  /** Further ways to answer: a status and why. */
  readonly also?: readonly { readonly status: number; readonly about: string }[]
  /** What it may refuse with beyond what its `who` implies. */
  readonly codes?: readonly NativeCode[]
  /** Fields that are shown once: a repeated request gets null. */
  readonly shownOnce?: readonly string[]
  /** Seconds an answer may be kept. */
  readonly cache?: number
  readonly takesForm?: true
  /** Browsers come here from anywhere, without headers of ours; what protects it is in its parameters. */
  readonly navigation?: true
  readonly bodyLimits?: Partial<BodyLimits>
  /** A GET that leaves a trace, which a HEAD must not. */
  readonly leavesTrace?: true
  /** Answers only to names that nobody elsewhere can point here. */
  readonly localNames?: true
  /** Compares a password, for which there may be no room. */
  readonly hashes?: true
}

/** One route: what the table says, and how it runs. */
export interface Operation extends Omit<Spec<Schema, Schema, Schema>, 'status' | 'codes'> {
  readonly method: Method
  readonly path: string
  readonly status: number
  readonly codes: readonly NativeCode[]
  run(native: Native, exchange: Exchange): Promise<Answer>
}

type Handle<B extends Schema, Q extends Schema, A extends Schema> = (call: Call<B, Q>) => Promise<Reply<A>> | Reply<A>

/** Makes a line of the route table. */
function define<B extends Schema, Q extends Schema, A extends Schema>(
  method: Method,
  path: string,
  spec: Spec<B, Q, A>,
  handle: Handle<B, Q, A>,
): Operation {
  const status = spec.status ?? (spec.answer === undefined && spec.type === undefined ? 204 : 200)
  const work = async (native: Native, exchange: Exchange): Promise<Answer> => {
    const call = {
      native,
      core: native.core,
      exchange,
      caller: native.callerOf(exchange),
      query: parseQuery(spec, exchange) as Parsed<Q>,
      body: (await parseBody(spec, exchange)) as Parsed<B>,
    }
    if (spec.captcha !== undefined) await refuseUnsolved(call.core, call.caller, captchaOf(spec.captcha, call.body))
    const reply = await handle(call)
    if (reply instanceof Raw) return reply.answer
    if (spec.answer === undefined) return noContent()
    return json(
      status,
      reply,
      spec.cache === undefined ? undefined : { 'cache-control': `public, max-age=${spec.cache}` },
    )
  }
  const isRepeatable = method === 'POST' && spec.who.startsWith('admin:')
  const run: Operation['run'] = isRepeatable
    ? (native, exchange) =>
        once(native, exchange, { path, shownOnce: spec.shownOnce ?? [] }, () => work(native, exchange))
    : work
  return { ...spec, method, path, status, codes: spec.codes ?? [], run }
}

function captchaOf(place: CaptchaPlace, body: unknown) {
  const { captcha } = body as { readonly captcha?: string | undefined }
  return { place, token: captcha }
}

type Line = <B extends Schema = undefined, Q extends Schema = undefined, A extends Schema = undefined>(
  path: string,
  spec: Spec<B, Q, A>,
  handle: Handle<B, Q, A>,
) => Operation

/** Lines of the table, by method. */
export const get: Line = (path, spec, handle) => define('GET', path, spec, handle)
export const post: Line = (path, spec, handle) => define('POST', path, spec, handle)
export const put: Line = (path, spec, handle) => define('PUT', path, spec, handle)
export const patch: Line = (path, spec, handle) => define('PATCH', path, spec, handle)
export const del: Line = (path, spec, handle) => define('DELETE', path, spec, handle)

async function parseBody(spec: Spec<Schema, Schema, Schema>, exchange: Exchange): Promise<unknown> {
  if (spec.body === undefined || (spec.takesForm === true && exchange.bodyKind === 'form')) return undefined
  return check(spec.body, await exchange.json())
}

/** Pages are opened from mails, where others add parameters of their own; a call says what it means. */
function parseQuery({ query: schema, type, answer }: Spec<Schema, Schema, Schema>, exchange: Exchange): unknown {
  const { query } = exchange
  if (schema === undefined) {
    const [unknown] = type === undefined || answer !== undefined ? query.names() : []
    if (unknown !== undefined) throw invalid(unknown.slice(0, 64), 'is not a known field')
    return undefined
  }
  return check(schema, Object.fromEntries(query.names().map((name) => [name, query.one(name)])))
}

/** The value as the schema reads it. @throws Refusal `validation_failed` with every fault and where it is */
function check(schema: z.ZodType, value: unknown): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.slice(0, 20).flatMap(faultsOf)
  const [first] = fields
  const code: ErrorCode = 'validation_failed'
  throw new Refusal(code, {
    ...(first === undefined ? {} : { message: `${first.path}: ${first.rule}` }),
    details: { fields },
  })
}

function faultsOf(issue: z.core.$ZodIssue): { readonly path: string; readonly rule: string }[] {
  const at = issue.path.map(String)
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .slice(0, 20)
      .map((key) => ({ path: [...at, key.slice(0, 64)].join('.'), rule: 'is not a known field' }))
  return [{ path: at.join('.') || 'body', rule: ruleOf(issue) }]
}

/** Says what is expected, and never what was sent. */
function ruleOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is needed' : `must be of type ${issue.expected}`
  return issue.message
}
