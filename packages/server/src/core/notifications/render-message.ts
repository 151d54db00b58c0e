import type { Templates } from './load-templates.ts'
import type { MessageValues, RenderValues } from './message-values.ts'
import type { TemplateName } from './templates/template-names.ts'

/** A finished message. A text for a telephone has neither subject nor HTML. */
export interface RenderedMessage {
  readonly subject: string
  readonly html: string
  readonly text: string
}

/** Which message, for whom, filled with what. */
export interface RenderInput {
  readonly templates: Templates
  readonly template: TemplateName
  /** The person's wish; the nearest language there is will be taken. */
  readonly locale?: string | undefined
  /** The address it goes to. */
  readonly to?: string
  readonly values: MessageValues
}

/** Fills a message with its values, in the nearest language, with times and durations in words. */
export function renderMessage({ templates, template, locale, to, values }: RenderInput): RenderedMessage {
  const language = templates.localeFor(locale)
  const message = templates.message(template, language)
  const filled = inWords({ ...templates.defaults, ...given(values) }, language, to)
  return { subject: message.subject(filled), html: message.html(filled), text: message.text(filled) }
}

/** Without fields that are there but undefined, which would hide a default. */
function given(values: MessageValues): MessageValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function inWords(values: MessageValues, locale: string, to: string | undefined): RenderValues {
  const changed = values.newEmail ?? values.email
  return {
    ...(to?.includes('@') ? { email: to } : {}),
    ...values,
    locale,
    ...(to === undefined ? {} : { to }),
    ...(changed === undefined ? {} : { maskedEmail: maskEmail(changed) }),
    ...(values.linkExpiresIn === undefined ? {} : { linkLifetime: durationInWords(values.linkExpiresIn, locale) }),
    ...(values.codeExpiresIn === undefined ? {} : { codeLifetime: durationInWords(values.codeExpiresIn, locale) }),
    ...(values.at === undefined ? {} : { when: timeInWords(values.at, locale) }),
  }
}

/** The address with all but the first letter of its local part hidden: the old mailbox may be in other hands by now. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return at < 1 ? '•••' : `${Array.from(email)[0] ?? ''}•••${email.slice(at)}`
}

/** Seconds as "10 minutes", "24 hours" or "7 days" in the language, rounded down: a promise must hold. */
function durationInWords(seconds: number, locale: string): string {
  const [amount, unit] =
    seconds >= 2 * 86_400
      ? [seconds / 86_400, 'day']
      : seconds >= 2 * 3600
        ? [seconds / 3600, 'hour']
        : [seconds / 60, 'minute']
  const whole = Math.max(1, Math.floor(amount))
  return new Intl.NumberFormat(canonical(locale), { style: 'unit', unit, unitDisplay: 'long' }).format(whole)
}

function timeInWords(at: string, locale: string): string {
  const time = new Date(at)
  if (Number.isNaN(time.getTime())) return ''
  const format = new Intl.DateTimeFormat(canonical(locale), { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${format.format(time)} UTC`
}

/** An operator's folder may be called `pt_BR`, or something no standard knows. */
function canonical(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale.replaceAll('_', '-'))[0] ?? 'en'
  } catch {
    return 'en'
  }
}
