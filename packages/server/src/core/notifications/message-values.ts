import { inert, oneLine, safeUrl } from './clean-text.ts'

/** What a message may mention. Everything is optional: a template shows what is there. */
export interface MessageValues {
  /** The address that finishes the flow when opened. */
  readonly link?: string
  /** The code a person types instead. */
  readonly code?: string
  /** What the link carries, for templates that build their own link. */
  readonly tokenHash?: string
  /** Nhost's name for what the link or the code proves. */
  readonly ticket?: string
  /** The same of the old address, where a change has one message for both. */
  readonly current?: { readonly code: string; readonly tokenHash: string }
  /** Seconds the link lives. */
  readonly linkExpiresIn?: number
  /** Seconds the code lives. */
  readonly codeExpiresIn?: number
  readonly email?: string
  readonly newEmail?: string
  readonly oldEmail?: string
  readonly phone?: string
  readonly newPhone?: string
  readonly oldPhone?: string
  readonly displayName?: string
  /** Where the person returns to, already checked against the list of allowed places. */
  readonly redirectTo?: string
  readonly siteUrl?: string
  readonly serverUrl?: string
  readonly appName?: string
  readonly provider?: string
  readonly factorType?: string
  /** When it happened, ISO 8601. */
  readonly at?: string
  readonly device?: string
  readonly ip?: string
  /** What the person wrote about themselves (user metadata). */
  readonly data?: Readonly<Record<string, unknown>>
  /** What happened, for the application. */
  readonly event?: object
  /** Further fields of the user, for placeholders such as `user.city`. */
  readonly user?: Readonly<Record<string, unknown>>
}

/** Values with what rendering adds: the recipient, durations and times in words. */
export interface RenderValues extends MessageValues {
  readonly to?: string
  readonly locale?: string
  readonly linkLifetime?: string
  readonly codeLifetime?: string
  readonly when?: string
  readonly maskedEmail?: string
}

type Field = Exclude<
  keyof RenderValues,
  'data' | 'user' | 'event' | 'current' | 'linkExpiresIn' | 'codeExpiresIn' | 'at'
>

/** How far a value is trusted, which decides how it is shown. */
export type Trust = 'url' | 'secret' | 'address' | 'ours' | 'person'

const trust: Readonly<Record<Field, Trust>> = {
  link: 'url',
  redirectTo: 'url',
  siteUrl: 'url',
  serverUrl: 'url',
  code: 'secret',
  tokenHash: 'secret',
  ticket: 'secret',
  to: 'address',
  email: 'address',
  newEmail: 'address',
  oldEmail: 'address',
  maskedEmail: 'address',
  phone: 'address',
  newPhone: 'address',
  oldPhone: 'address',
  ip: 'address',
  appName: 'ours',
  locale: 'ours',
  linkLifetime: 'ours',
  codeLifetime: 'ours',
  when: 'ours',
  displayName: 'person',
  provider: 'person',
  factorType: 'person',
  device: 'person',
}

/** Placeholder names, in lower case and without their leading dot, and the fields they stand for: the first that is there. */
const names: ReadonlyMap<string, readonly Field[]> = new Map<string, readonly Field[]>([
  ...(Object.keys(trust) as Field[]).map((field) => [field.toLowerCase(), [field]] as const),
  // Supabase
  ['confirmationurl', ['link']],
  ['token', ['code']],
  ['sendingto', ['to']],
  // Nhost
  ['ticket', ['ticket', 'tokenHash', 'code']],
  ['clienturl', ['siteUrl']],
  ['name', ['displayName']],
  // Altogic
  ['token.confirmationurl', ['link']],
  ['token.code', ['code']],
  ['token.email', ['newEmail', 'email', 'to']],
  ['token.phone', ['newPhone', 'phone', 'to']],
  ['user.email', ['email']],
  ['user.phone', ['phone']],
  ['user.name', ['displayName']],
])

/** A value cleaned for showing, and how far it is trusted. */
export interface Shown {
  readonly text: string
  readonly trust: Trust
}

const nothing: Shown = { text: '', trust: 'person' }

/** The value a placeholder stands for; an unknown or empty one is an empty text. Reads own properties of plain data only. */
export function lookUp(values: RenderValues, name: string): Shown {
  const plain = name.startsWith('.') ? name.slice(1) : name
  const fields = names.get(plain.toLowerCase())
  for (const field of fields ?? []) {
    const text = textOf(Object.hasOwn(values, field) ? values[field] : undefined)
    if (text !== '') return show(text, trust[field], values)
  }
  if (fields !== undefined) return nothing
  const [root = '', ...path] = plain.split('.')
  if (path.length === 0) return nothing
  const text = roots(values, root.toLowerCase())
    .map((data) => textOf(dig(data, path)))
    .find((found) => found !== '')
  return text === undefined ? nothing : show(text, 'person', values)
}

function roots(values: RenderValues, root: string): unknown[] {
  if (root === 'data') return [values.data]
  return root === 'user' ? [values.user, values.data] : []
}

function dig(data: unknown, path: readonly string[]): unknown {
  let found = data
  for (const key of path) {
    if (!isPlain(found) || !Object.hasOwn(found, key)) return undefined
    found = found[key]
  }
  return found
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? String(value) : ''
}

// Anything odd in an address (a path, a scheme, quotes) is shown as inert text instead.
const address =
  /^(\+?[0-9]{3,20}|[0-9a-f:]{2,45}|[0-9.]{7,15}|[\p{L}\p{M}\p{N}_+%'•-][\p{L}\p{M}\p{N}._+%'•-]{0,63}@[\p{L}\p{M}\p{N}.-]{1,189})$/iu
const secretText = /^[A-Za-z0-9._~+/=:-]{1,512}$/

function show(text: string, as: Trust, values: RenderValues): Shown {
  if (as === 'url') return { text: safeUrl(text), trust: 'url' }
  if (as === 'ours') return { text: oneLine(text, 64), trust: 'ours' }
  if (as === 'secret' && secretText.test(text)) return { text, trust: 'secret' }
  // A name that is the own address (the default of one upstream) is an address.
  if ((as === 'address' || (text === values.email && text === values.displayName)) && isAddress(text)) {
    return { text, trust: 'address' }
  }
  return { text, trust: 'person' }
}

function isAddress(text: string): boolean {
  return text.length <= 254 && !/^www\./i.test(text) && address.test(text)
}

/** The value as one line for a place where programs look for links. */
export function inertText(shown: Shown): string {
  return shown.trust === 'person' ? inert(shown.text) : shown.text
}
