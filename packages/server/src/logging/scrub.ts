const mostText = 2_048
const mostDepth = 6
const mostItems = 100
const hidden = '[hidden]'

/** Names of fields that hold secrets, without punctuation and case. */
const secretName =
  /password|passwd|secret|token|authorization|cookie|apikey|accesskey|privatekey|encryptionkey|credential|otp|nonce|verifier|jwt|seed|samlresponse|signature/
const exactSecret = new Set(['code', 'codes', 'key', 'keys', 'pin', 'state', 'hash', 'link', 'body', 'recoverycodes'])
/** Names that look secret and are facts. */
const harmless = new Set(['tokentype', 'tokenid', 'mailkind'])
/** The codes of errors are words; those that people type or servers exchange are not. */
const errorCode = /^([a-z]{2,20}(_[a-z]{2,20}){1,5}|E[A-Z]{3,20}|ERR_[A-Z_]{3,40})$/

/**
 * A copy of log fields that is safe to write: secrets hidden by their field's name or their form, e-mail addresses and
 * phone numbers masked, control characters escaped, long texts cut to 2 KiB, errors as records with their stack.
 */
export function scrub(fields: object): Record<string, unknown> {
  const safe = scrubValue(fields, 0, new Set())
  return typeof safe === 'object' && safe !== null ? (safe as Record<string, unknown>) : { value: safe }
}

function scrubValue(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return scrubText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (above.has(value)) return '[circular]'
  if (depth >= mostDepth) return '[deep]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof URL) return scrubText(value.href)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  const path = new Set(above).add(value)
  if (value instanceof Error) return scrubError(value, depth, path)
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => scrubValue(item, depth + 1, path))
  const entries = Object.entries(value).slice(0, mostItems)
  return Object.fromEntries(entries.map(([name, inner]) => [scrubText(name), scrubField(name, inner, depth, path)]))
}

function scrubField(name: string, value: unknown, depth: number, path: ReadonlySet<object>): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value
  const bare = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (!harmless.has(bare)) {
    if (bare === 'code' && typeof value === 'string' && errorCode.test(value)) return value
    if (exactSecret.has(bare) && (typeof value !== 'object' || Array.isArray(value))) return hidden
    if (secretName.test(bare)) return hidden
    if (typeof value === 'string' && /mail|recipient|sentto/.test(bare)) return maskAddress(value)
    if (typeof value === 'string' && /phone|msisdn/.test(bare)) return maskPhone(value)
  }
  return scrubValue(value, depth + 1, path)
}

function scrubError(error: Error, depth: number, path: ReadonlySet<object>): object {
  const { code, cause } = error as Error & { code?: unknown }
  return {
    type: scrubText(error.name),
    message: scrubText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: (error.stack ?? '')
      .split('\n')
      .slice(0, 30)
      .map((line) => scrubText(line).slice(0, 400))
      .join('\n'),
    ...(cause === undefined ? {} : { cause: scrubValue(cause, depth + 1, path) }),
  }
}

/** What is secret by its form, wherever it stands. Each is bounded: a log line must not be slow to write. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,512}@/gi, '$1•••@'],
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(\.[\w-]*)?/g, '[token]'],
  [/\b(ww[a-z]|sb_publishable|sb_secret)_[\w-]{16,}/g, '$1_•••'],
  [/\b(bearer|basic)\s+[\w.~+/=-]{4,}/gi, '$1 •••'],
  [/\$(argon2(id|i|d)|2[aby]|scrypt|pbkdf2[\w-]*|fbscrypt)\$[^\s"']{8,}/g, '[hash]'],
  [
    /([?&#;](?:[a-z_]*token[a-z_]*|code|[a-z_]*secret|password|apikey|state|nonce|otp|code_verifier|email|phone)=)[^&#\s"']+/gi,
    '$1•••',
  ],
]

/** A text that is safe to write: as {@link scrub}, for a message. */
export function scrubText(text: string): string {
  const short = text.length > mostText ? `${text.slice(0, mostText)}… (${text.length} characters)` : text
  const plain = forms.reduce((before, [form, instead]) => before.replace(form, instead), short)
  const masked = plain.includes('@') ? plain.replace(emailForm, (found) => maskAddress(found)) : plain
  return masked.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const emailForm = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu
/** Control characters, and the invisible ones that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what this is for
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** `a•••@example.test`; of what is no address, its first character. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const domain = at < 1 ? '' : `@${address.slice(at + 1, at + 256).replace(/[^\p{L}\p{N}.-]/gu, '•')}`
  return `${first(address)}•••${domain}`
}

/** `•••567` */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, '')
  return digits.length < 7 ? '•••' : `•••${digits.slice(-3)}`
}

const first = (text: string) => [...text.slice(0, 2)][0]?.replace(/[^\p{L}\p{N}]/u, '•') ?? ''
