import { escapeHtml } from '../base/escape-html.ts'

const markup: unique symbol = Symbol('markup')

/** Markup that is safe to send as it stands. Only {@link html} and {@link raw} make it; parsed JSON cannot. */
export interface Html {
  readonly [markup]: string
}

/** What may stand in a template: text and numbers are escaped, `Html` is not, `undefined`, `null` and `false` vanish. */
export type HtmlValue = string | number | Html | undefined | null | false | readonly HtmlValue[]

function isHtml(value: object): value is Html {
  return markup in value
}

function isList(value: HtmlValue): value is readonly HtmlValue[] {
  return Array.isArray(value)
}

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return ''
  if (isList(value)) return value.map(render).join('')
  if (typeof value === 'object') return isHtml(value) ? value[markup] : ''
  return escapeHtml(String(value))
}

/**
 * A template whose values are escaped for element text and for quoted attributes.
 * Values in scripts, styles and unquoted attributes are not made safe by escaping: the last throws an Error,
 * the first two do not belong into a page at all.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    if (text.endsWith('=')) throw new Error('a value in an attribute needs quotes around it')
    text += render(value) + (strings[index + 1] ?? '')
  })
  return { [markup]: text }
}

/** Marks markup of our own making as safe. Never for text that a person or a remote system wrote. */
export function raw(safeMarkup: string): Html {
  return { [markup]: safeMarkup }
}

/** The markup as text, for sending. */
export function markupOf(page: Html): string {
  return page[markup]
}
