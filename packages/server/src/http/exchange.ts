import { Refusal } from '../base/errors.ts'
import type { Runtime } from '../base/runtime.ts'
import type { Arrival } from './arrival.ts'
import type { BodyLimits } from './body.ts'
import { checkDeclared, parseForm, parseJson } from './body.ts'
import type { Client, ClientAddresses } from './client-address.ts'
import type { Cookies } from './cookies.ts'
import { parseCookies } from './cookies.ts'
import type { Fields } from './fields.ts'
import { parseFields } from './fields.ts'
import type { Key } from './key.ts'
import type { BodyKind } from './media-type.ts'
import { bodyKind } from './media-type.ts'
import type { Mount, Route } from './route.ts'
import type { Entry } from './router.ts'

/** One request under way: what it says, and what gates leave for the handler. */
export interface Exchange {
  readonly method: string
  /** The path as it was sent. */
  readonly path: string
  /** Target under the server's public origin; the Host header is never looked at. */
  readonly url: URL
  /** Path parameters, decoded, on an object without prototype. */
  readonly params: Readonly<Record<string, string>>
  /** A path parameter the route declares. @throws Error when it does not declare it. */
  param(name: string): string
  readonly query: Fields
  /** A header by its lower-case name; several fields of one name joined by a comma. */
  header(name: string): string | undefined
  /** UUIDv7, also in the `X-Request-Id` of the answer. */
  readonly requestId: string
  /** Whether whoever asked has hung up by now. */
  readonly isGone: boolean
  /** When the request was taken up. */
  readonly startedAt: Date
  readonly client: Client
  /** At most 512 characters, control characters removed; `undefined` when absent or empty. */
  readonly userAgent: string | undefined
  /** What the Content-Type declares. */
  readonly bodyKind: BodyKind
  /** Name of the route for limits and logs, `undefined` where none was found. */
  readonly routeName: string | undefined
  /** Name of the mount, `undefined` outside all of them. */
  readonly mountName: string | undefined
  /**
   * The JSON body; read once, however often asked. An empty body is refused, or `undefined` where that is said.
   * @throws `bad_json`, `validation_failed`, `payload_too_large`, `unsupported_media_type`.
   */
  json(settings?: { readonly empty: 'refuse' | 'undefined' }): Promise<unknown>
  /** The urlencoded body; read once. @throws `validation_failed`, `payload_too_large`, `unsupported_media_type`. */
  form(): Promise<Fields>
  cookies(): Cookies
  get<T>(key: Key<T>): T | undefined
  /** What a gate left. @throws Error when no gate left it: the route table lacks one. */
  need<T>(key: Key<T>): T
  set<T>(key: Key<T>, value: T): void
  /** A header for the answer, whatever it will be; `set-cookie` may be added several times, others are replaced. */
  addHeader(name: string, value: string): void
  /** The headers added so far, lower case. */
  readonly addedHeaders: Readonly<Record<string, string | readonly string[]>> | undefined
  /** As a web-standard request; its body can be read only if `json` and `form` were not. */
  readonly request: Request
}

/** What an exchange needs beside the request itself. */
export interface ExchangeSetting {
  readonly runtime: Pick<Runtime, 'now'>
  nextRequestId(): string
  readonly origin: string
  readonly addresses: ClientAddresses
  readonly bodyLimits: BodyLimits
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes.
const control = /[\u0000-\u001f\u007f-\u009f]+/g

function paramsOf(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = Object.create(null)
  names.forEach((name, at) => {
    params[name] = values[at] ?? ''
  })
  return params
}

function wantedBody(route: Route): NonNullable<Route['body']> {
  return route.body ?? (route.method === 'GET' || route.method === 'DELETE' ? 'none' : 'json')
}

/** Whether a body declared like this is welcome. Where JSON need not be declared, it is read whatever is declared. */
function takesKind(wanted: NonNullable<Route['body']>, sent: BodyKind, requireJson: Mount['requireJson']): boolean {
  if (sent === 'json') return wanted !== 'form'
  if (sent === 'form' && (wanted === 'form' || wanted === 'json-or-form')) return true
  const needsNone = wanted === 'none' || requireJson === 'of_bodies'
  return wanted !== 'form' && (requireJson === false || (sent === 'none' && needsNone))
}

/** Most requests ask for little, so everything that costs is found out when asked for. */
export class LiveExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly requestId: string
  readonly startedAt: Date
  readonly #arrival: Arrival
  readonly #setting: ExchangeSetting
  readonly #search: string
  readonly #entry: Entry | undefined
  readonly #values: readonly string[]
  readonly mountName: string | undefined
  #kindAccepted = false
  #params: Readonly<Record<string, string>> | undefined
  #query: Fields | undefined
  #client: Client | undefined
  #cookies: Cookies | undefined
  #bytes: Promise<Uint8Array> | undefined
  #json: Promise<unknown> | undefined
  #form: Promise<Fields> | undefined
  #left: Map<object, unknown> | undefined
  #added: Record<string, string | readonly string[]> | undefined

  constructor(
    arrival: Arrival,
    setting: ExchangeSetting,
    found: { entry: Entry | undefined; values: readonly string[]; mountName: string | undefined; path: string },
  ) {
    this.#arrival = arrival
    this.#setting = setting
    this.method = arrival.method
    this.path = found.path
    this.#search = arrival.target.slice(found.path.length + 1)
    this.#entry = found.entry
    this.#values = found.values
    this.mountName = found.mountName
    this.startedAt = setting.runtime.now()
    this.requestId = setting.nextRequestId()
  }

  get url(): URL {
    const { target } = this.#arrival
    return new URL(this.#setting.origin + (target.startsWith('/') ? target : '/'))
  }

  get params(): Readonly<Record<string, string>> {
    this.#params ??= paramsOf(this.#entry?.names ?? [], this.#values)
    return this.#params
  }

  param(name: string): string {
    const value = this.params[name]
    if (value === undefined) throw new Error(`the route has no parameter ${name}`)
    return value
  }

  get query(): Fields {
    this.#query ??= parseFields(this.#search)
    return this.#query
  }

  header(name: string): string | undefined {
    return this.#arrival.header(name)
  }

  get client(): Client {
    this.#client ??= this.#setting.addresses.clientOf(this.#arrival.peerAddress, this.header('x-forwarded-for'))
    return this.#client
  }

  get isGone(): boolean {
    return this.#arrival.isGone
  }

  get userAgent(): string | undefined {
    return this.header('user-agent')?.slice(0, 4096).replace(control, '').slice(0, 512) || undefined
  }

  get bodyKind(): BodyKind {
    return bodyKind(this.header('content-type'))
  }

  get routeName(): string | undefined {
    return this.#entry?.route.name ?? this.#entry?.label
  }

  cookies(): Cookies {
    this.#cookies ??= parseCookies(this.header('cookie'))
    return this.#cookies
  }

  /** @throws `unsupported_media_type` when the declared type is not what the route takes. */
  checkBodyKind(): void {
    if (this.#kindAccepted || !this.#entry) return
    const { route, mount } = this.#entry
    const wanted = wantedBody(route)
    if (!takesKind(wanted, this.bodyKind, mount.requireJson) && route.method !== 'GET') {
      const message = 'Send the body as application/x-www-form-urlencoded.'
      throw new Refusal('unsupported_media_type', wanted === 'form' ? { message } : {})
    }
    this.#kindAccepted = true
  }

  json(settings: { readonly empty: 'refuse' | 'undefined' } = { empty: 'refuse' }): Promise<unknown> {
    this.#json ??= this.#body().then((bytes) => (bytes.byteLength === 0 ? undefined : parseJson(bytes, this.#limits)))
    return settings.empty === 'undefined' ? this.#json : this.#json.then((value) => this.#refuseEmpty(value))
  }

  form(): Promise<Fields> {
    this.#form ??= this.#body().then((bytes) => parseForm(bytes, this.#limits))
    return this.#form
  }

  get #limits(): BodyLimits {
    const { bodyLimits } = this.#setting
    const own = this.#entry?.route.bodyLimits
    return own ? { ...bodyLimits, ...own } : bodyLimits
  }

  #refuseEmpty(value: unknown): unknown {
    // JSON has no undefined, so it can only mean that there was no body.
    return value === undefined ? parseJson(new Uint8Array(0), this.#limits) : value
  }

  #body(): Promise<Uint8Array> {
    this.#bytes ??= this.#read()
    return this.#bytes
  }

  async #read(): Promise<Uint8Array> {
    this.checkBodyKind()
    checkDeclared(this.header('content-encoding'), this.header('content-length'), this.#limits)
    const bytes = await this.#arrival.body(this.#limits)
    if (bytes.byteLength > 0 && this.#mustBeDeclared && this.bodyKind === 'none')
      throw new Refusal('unsupported_media_type')
    return bytes
  }

  get #mustBeDeclared(): boolean {
    const entry = this.#entry
    return entry?.mount.requireJson === 'of_bodies' && wantedBody(entry.route) !== 'none'
  }

  get<T>(key: Key<T>): T | undefined {
    return this.#left?.get(key) as T | undefined
  }

  need<T>(key: Key<T>): T {
    if (!this.#left?.has(key)) throw new Error(`no gate left ${key.name}`)
    return this.#left.get(key) as T
  }

  set<T>(key: Key<T>, value: T): void {
    this.#left ??= new Map()
    this.#left.set(key, value)
  }

  addHeader(name: string, value: string): void {
    const lower = name.toLowerCase()
    this.#added ??= {}
    const before = this.#added[lower]
    this.#added[lower] = lower === 'set-cookie' ? [...(before ?? []), value] : value
  }

  get addedHeaders(): Readonly<Record<string, string | readonly string[]>> | undefined {
    return this.#added
  }

  get request(): Request {
    return this.#arrival.request(this.url)
  }
}
