import { isIP } from 'node:net'
import type { JWK } from 'jose'
import { z } from 'zod'
import type { Rate } from '../core/settings/settings.ts'

/** The kinds of values a setting can have. Each takes the typed value of a file and the text of a variable or flag. */

export type Fault = { readonly fault: string }
const isFault = (value: unknown): value is Fault => typeof value === 'object' && value !== null && 'fault' in value
export const fault = (sentence: string): Fault => ({ fault: sentence })

/** A zod type that reads `In` with a function answering a value, or a fault with a sentence that starts with "must". */
export function kind<In extends z.ZodType, Out>(
  input: In,
  expected: string,
  read: (value: z.output<In>) => Out | Fault,
) {
  return z.unknown().transform((raw, context): Out => {
    const parsed = input.safeParse(raw)
    const answer = parsed.success ? read(parsed.data) : fault(expected)
    if (!isFault(answer)) return answer as Out
    context.addIssue({ code: 'custom', message: answer.fault })
    return z.NEVER
  }) as unknown as z.ZodType<Out, z.input<In>>
}

export const text = z.string()
const textOrNumber = z.union([z.string(), z.number()])
const textOrList = z.union([z.string(), z.array(z.string())])

const words: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  off: false,
  '0': false,
}

/** What a word says that means on or off, or undefined. */
export const readToggle = (word: string): boolean | undefined => words[word.trim().toLowerCase()]

/** On or off: a boolean, or `true t yes on 1` and `false f no off 0`. */
export const toggle = () =>
  kind(z.union([z.boolean(), z.string()]), 'must be true or false', (value): boolean | Fault =>
    typeof value === 'boolean' ? value : (readToggle(value) ?? fault('must be true or false')),
  )

/** Text that is not empty. */
export const line = (most = 2_000) =>
  kind(text, 'must be text', (value): string | Fault =>
    value.trim() === '' || value.length > most ? fault(`must be text of 1 to ${most} characters`) : value.trim(),
  )

/** One of a closed list of words. */
export const choice = <const Words extends readonly [string, ...string[]]>(...options: Words) =>
  kind(text, `must be one of ${options.join(', ')}`, (value): Words[number] | Fault =>
    options.includes(value) ? value : fault(`must be one of ${options.join(', ')}`),
  )

interface Range {
  readonly min: number
  readonly max: number
}

function within({ min, max }: Range, unit: string, show: (amount: number) => string = String) {
  const sentence = `must be ${unit} from ${show(min)} to ${show(max)}`
  const check = (amount: number | undefined): number | Fault =>
    amount !== undefined && Number.isSafeInteger(amount) && amount >= min && amount <= max ? amount : fault(sentence)
  return { sentence, check }
}

/** A whole number in a range. */
export function whole(min: number, max: number) {
  const { sentence, check } = within({ min, max }, 'a whole number')
  return kind(textOrNumber, sentence, (value) => check(readAmount(value, { '': 1 })))
}

/** A number from 0 to 1. */
export const fraction = () =>
  kind(textOrNumber, 'must be a number from 0 to 1', (value): number | Fault => {
    const number = typeof value === 'number' ? value : Number(value.trim() === '' ? 'none' : value)
    return number >= 0 && number <= 1 ? number : fault('must be a number from 0 to 1')
  })

/** Words of a closed list: an array, or a comma list. */
export const choices = <const Words extends readonly [string, ...string[]]>(...options: Words) =>
  kind(textOrList, `must be a list of ${options.join(', ')}`, (value): readonly Words[number][] | Fault => {
    const items = (typeof value === 'string' ? value.split(',') : value).map((item) => item.trim())
    const kept = items.filter((item) => item !== '')
    return kept.every((item) => options.includes(item)) ? kept : fault(`must be a list of ${options.join(', ')}`)
  })

/** Sets of characters: an array, or text with colons between them, and a backslash before a colon that is one of them. */
export const characterSets = () =>
  kind(textOrList, 'must be sets of characters', (value): readonly string[] =>
    (typeof value === 'string' ? value.split(/(?<!\\):/).map((set) => set.replaceAll('\\:', ':')) : value).filter(
      (set) => set !== '',
    ),
  )

const units = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/** Whole seconds in a range: a number, or text such as `90`, `10m`, `24h`, `7d`, `1h30m`. */
export function duration(min: number, max: number) {
  const { sentence, check } = within({ min, max }, 'a duration (90, 10m, 24h, 7d)', showSeconds)
  return kind(textOrNumber, sentence, (value) => check(readAmount(value, { '': 1, ...units })))
}

/** Whole milliseconds in a range: a number, or text such as `500ms`, `10s`. */
export function milliseconds(min: number, max: number) {
  const { sentence, check } = within({ min, max }, 'milliseconds, or text such as 10s,')
  const factors = Object.fromEntries(Object.entries(units).map(([unit, seconds]) => [unit, seconds * 1_000]))
  return kind(textOrNumber, sentence, (value) => check(readAmount(value, { '': 1, ...factors })))
}

/** Whole bytes in a range: a number, or text such as `64KiB`, `1MiB`. */
export function bytes(min: number, max: number) {
  const { sentence, check } = within({ min, max }, 'bytes, or text such as 64KiB or 1MiB,')
  return kind(textOrNumber, sentence, (value) => check(readAmount(value, { '': 1, kib: 1_024, mib: 1_048_576 })))
}

/** A sum of numbers with units, or undefined when the text is anything else. */
function readAmount(value: string | number, factors: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return value
  const compact = value.trim().toLowerCase()
  if (!/^(\d{1,15} ?[a-z]{0,3})+$/.test(compact)) return undefined
  const parts = [...compact.matchAll(/(\d+) ?([a-z]*)/g)]
  const amounts = parts.map(([, digits, unit]) => Number(digits) * (factors[unit ?? ''] ?? Number.NaN))
  const sum = amounts.reduce((all, amount) => all + amount, 0)
  return Number.isNaN(sum) ? undefined : Math.round(sum)
}

/** Seconds as people say them: `90 s`, `10 min`, `24 h`, `7 d`. */
export function showSeconds(seconds: number): string {
  const steps = [
    { size: 86_400, name: 'd' },
    { size: 3_600, name: 'h' },
    { size: 60, name: 'min' },
  ]
  const step = steps.find(({ size }) => seconds >= size && seconds % size === 0)
  return step === undefined ? `${seconds} s` : `${seconds / step.size} ${step.name}`
}

/** Texts: an array, or a comma list. @param fits says whether one of them may stand. */
export const list = (expected = 'must be a list', fits: (item: string) => boolean = () => true) =>
  kind(textOrList, expected, (value): readonly string[] | Fault => {
    const items = (typeof value === 'string' ? value.split(',') : value).map((item) => item.trim())
    const kept = items.filter((item) => item !== '')
    return kept.every(fits) ? kept : fault(expected)
  })

const originRule = 'must be an origin such as https://auth.example.com, without a path'

/** Scheme, host and port, without a trailing slash. */
export const origin = () => kind(text, originRule, (value): string | Fault => readOrigin(value) ?? fault(originRule))

/** Origins: an array, or a comma list. */
export const origins = () =>
  kind(textOrList, originRule, (value): readonly string[] | Fault => {
    const items = (typeof value === 'string' ? value.split(',') : value).map((item) => item.trim())
    const found = items.filter((item) => item !== '').map(readOrigin)
    return found.includes(undefined) ? fault(originRule) : found.filter((item) => item !== undefined)
  })

function readOrigin(value: string): string | undefined {
  const url = parseUrl(value)
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[*\s]/.test(value)) return undefined
  const bare =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  return bare ? url.origin : undefined
}

/** A whole URL of one of the schemes; kept as written, without a trailing slash where nothing follows it. */
export function url(...schemes: readonly string[]) {
  const expected = `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  return kind(text, expected, (value): string | Fault => {
    const parsed = parseUrl(value.trim())
    if (parsed === undefined || !schemes.includes(parsed.protocol.slice(0, -1))) return fault(expected)
    return value.trim().replace(/\/$/, '')
  })
}

/** A URL, or a name without a colon: what RFC 7519 §2 calls a StringOrURI. */
export const name = () =>
  kind(text, 'must be a URL, or a name without a colon', (value): string | Fault => {
    const said = value.trim()
    const isOne = said !== '' && said.length <= 2_000 && !/[\s\p{Cc}]/u.test(said)
    if (!isOne || (said.includes(':') && !URL.canParse(said))) return fault('must be a URL, or a name without a colon')
    return /^https?:/i.test(said) ? said.replace(/\/$/, '') : said
  })

/** The URL in a text, or undefined. */
export function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined
}

const rateRule = 'must be a rate such as 30/5m, or { limit, seconds }'
const rateShape = z.strictObject({ limit: z.int().min(1).max(1_000_000), seconds: z.int().min(1).max(2_592_000) })

/** How many per how long. @param most the largest number that may be set. */
export const rate = (most = 1_000_000) => {
  const expected = most === 1_000_000 ? rateRule : `${rateRule}, of ${most} at most`
  return kind(z.union([text, rateShape]), expected, (value): Rate | Fault => {
    const found = typeof value === 'string' ? readRate(value) : value
    return found === undefined || found.limit > most ? fault(expected) : found
  })
}

/** Several rates that hold together: an array, or a comma list. */
export const rates = () =>
  kind(z.union([text, z.array(z.union([text, rateShape]))]), rateRule, (value): readonly Rate[] | Fault => {
    const items = typeof value === 'string' ? value.split(',') : value
    const found = items.map((item) => (typeof item === 'string' ? readRate(item) : item))
    return found.length === 0 || found.includes(undefined)
      ? fault(rateRule)
      : found.filter((item): item is Rate => item !== undefined)
  })

function readRate(value: string): Rate | undefined {
  const [, limit, span = ''] = /^\s*(\d{1,7})\s*\/\s*(.{1,20})$/.exec(value) ?? []
  const seconds = readAmount(/^\D/.test(span) ? `1${span}` : span, { '': 1, ...units })
  const found = rateShape.safeParse({ limit: Number(limit), seconds })
  return found.success ? found.data : undefined
}

/** The value in a JSON text, or undefined. */
export function readJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** The object in a JSON text, or undefined. */
export function readRecord(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = readJson(text)
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isRecord ? (value as Readonly<Record<string, unknown>>) : undefined
}

const jwkRule = 'must be a JSON array of private JWKs'

/** Private JWKs: an array, or its JSON. What each of them must be is checked elsewhere. */
export const jwks = () =>
  kind(z.union([text, z.array(z.record(z.string(), z.unknown()))]), jwkRule, (value): readonly JWK[] | Fault => {
    const found = typeof value === 'string' ? readJson(value) : value
    const keys = z
      .array(z.looseObject({ kty: z.string() }))
      .min(1)
      .max(20)
      .safeParse(found)
    return keys.success ? (keys.data as readonly JWK[]) : fault(jwkRule)
  })

const testRule = 'must be numbers and their codes of 6 to 10 digits, such as +12025550100:123456'

/** Phone numbers and a code for each: an object, or a comma list of `number:code`. Answers them by their E.164 form. */
export const testNumbers = () =>
  kind(
    z.union([text, z.record(z.string(), z.string())]),
    testRule,
    (value): Readonly<Record<string, string>> | Fault => {
      const pairs = typeof value === 'string' ? value.split(',').map((pair) => pair.split(':')) : Object.entries(value)
      const read = pairs
        .map(([number = '', code = '', ...more]) => ({ number: number.trim(), code: code.trim(), more }))
        .filter(({ number, code }) => number !== '' || code !== '')
      const fits = read.every(
        ({ number, code, more }) => /^\+?[1-9]\d{5,14}$/.test(number) && /^\d{6,10}$/.test(code) && more.length === 0,
      )
      if (!fits) return fault(testRule)
      return Object.fromEntries(read.map(({ number, code }) => [`+${number.replace('+', '')}`, code]))
    },
  )

/** An address or a network in CIDR form. */
export function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

const pathRule = 'must be a path such as /v1: lower-case letters, digits, dashes, no slash at the end'

/** Where something is mounted. */
export const mountPath = () =>
  kind(text, pathRule, (value): string | Fault =>
    /^(\/[a-z0-9_][a-z0-9_.-]*){1,6}$/.test(value) ? value : fault(pathRule),
  )

/** Text that fits a pattern. */
export const matching = (pattern: RegExp, expected: string) =>
  kind(text, expected, (value): string | Fault => (pattern.test(value) ? value : fault(expected)))

const secretRule = 'must be secrets such as v1,whsec_<base64 of 24 to 64 bytes>, with | between several'

/** Secrets that calls are signed with: a list, or text with `|` between them. Answers them as `whsec_` and base64. */
export const hookSecrets = () =>
  kind(textOrList, secretRule, (value): readonly string[] | Fault => {
    const items = (typeof value === 'string' ? value.split('|') : value).map((item) => item.trim())
    const found = items.map((item) => /^v1,(whsec_[A-Za-z0-9+/]{32,88}={0,2})$/.exec(item)?.[1])
    return found.length === 0 || found.includes(undefined)
      ? fault(secretRule)
      : found.filter((item): item is string => item !== undefined)
  })

/** A function, which only a configuration file can hold. */
export const callback = <F extends (...input: never[]) => unknown>() =>
  kind(
    z.custom<F>((value) => typeof value === 'function'),
    'must be a function',
    (value): F => value,
  )
