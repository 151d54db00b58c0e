import { invalid } from '../../base/errors.ts'
import { escapeBareAttribute, escapeHtml } from '../../base/escape-html.ts'
import { oneLine } from './clean-text.ts'
import { createHtmlScanner, type HtmlPlace } from './html-place.ts'
import { inertText, lookUp, type RenderValues, type Shown } from './message-values.ts'

export type TemplateKind = 'html' | 'text' | 'subject'

/** A template made ready: values in, finished text out. */
export type CompiledTemplate = (values: RenderValues) => string

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string; readonly place: HtmlPlace }
  | Section

interface Section {
  readonly kind: 'section'
  readonly name: string
  readonly present: Part[]
  readonly absent: Part[]
}

/**
 * Compiles a template of the logic-free language.
 *
 * `{{ name }}`, `{{ .Name }}` and `${name}` show a value, by the names Supabase, Nhost and Altogic use and ours; a name
 * without a value shows nothing. `{{#name}}…{{/name}}` is shown where the value is there, `{{^name}}…{{/name}}` where it is
 * not; `{{ if .Name }}…{{ else }}…{{ end }}` means the same. Nothing is evaluated, and values are never read as template.
 * In `html` every value is escaped for the place it stands at; a `subject` is one line.
 * @throws Refusal `validation_failed` for an unclosed section or a statement the language does not have.
 */
export function compileTemplate(source: string, kind: TemplateKind): CompiledTemplate {
  const parts = parse(source, kind)
  const show = kind === 'html' ? showInHtml : inertText
  if (kind === 'subject') return (values) => oneLine(write(parts, values, show), 200)
  return (values) => write(parts, values, show)
}

type Show = (shown: Shown, place: HtmlPlace) => string

function write(parts: readonly Part[], values: RenderValues, show: Show): string {
  let text = ''
  for (const part of parts) {
    if (part.kind === 'literal') text += part.text
    else if (part.kind === 'value') text += show(lookUp(values, part.name), part.place)
    else text += write(lookUp(values, part.name).text === '' ? part.absent : part.present, values, show)
  }
  return text
}

function showInHtml(shown: Shown, place: HtmlPlace): string {
  const text = place.kind.startsWith('url') ? inAddress(shown, place) : place.kind === 'nowhere' ? '' : inertText(shown)
  return place.bare ? escapeBareAttribute(text) : escapeHtml(text)
}

/** Only addresses of ours begin a link, and what a person wrote stands behind its `?` or `#`, where it cannot name a host. */
function inAddress(shown: Shown, place: HtmlPlace): string {
  if (place.kind === 'url') return shown.trust === 'url' ? shown.text : ''
  if (place.kind === 'url-part' && shown.trust === 'person') return ''
  return encodeURIComponent(shown.trust === 'person' ? oneLine(shown.text, 64) : shown.text)
}

interface Open {
  readonly section: Section
  readonly tag: string
  parts: Part[]
}

const name = /^\.?[A-Za-z_][\w-]*(\.[\w-]+)*$/
const statement = /^(if|else if|range|with|define|block|template|partial)\s/
const longestTag = 200

function parse(source: string, kind: TemplateKind): Part[] {
  const root: Part[] = []
  const stack: Open[] = []
  const scanner = createHtmlScanner()
  const here = () => stack.at(-1)?.parts ?? root
  const literal = (text: string) => {
    if (text === '') return
    here().push({ kind: 'literal', text })
    if (kind === 'html') scanner.read(text)
  }
  for (const token of tokens(source)) {
    if (token.kind === 'literal') literal(token.text)
    else if (!structure(token.text, stack, here) && name.test(token.text)) {
      here().push({ kind: 'value', name: token.text, place: scanner.place() })
    }
  }
  const open = stack.at(-1)
  if (open !== undefined) throw invalid('template', `{{ ${open.tag} }} is never closed`)
  return root
}

/** Opens, turns and closes sections; answers whether the tag was one of those. */
function structure(tag: string, stack: Open[], here: () => Part[]): boolean {
  const opening = /^(#|\^|if\s+not\s+|if\s+)\s*(\.?[A-Za-z_][\w.-]*)$/.exec(tag)
  if (opening !== null) {
    const [, sign = '', wanted = ''] = opening
    const section: Section = { kind: 'section', name: wanted, present: [], absent: [] }
    here().push(section)
    const negative = sign === '^' || sign.includes('not')
    stack.push({ section, tag, parts: negative ? section.absent : section.present })
    return true
  }
  if (tag === 'else' || tag === 'end' || /^\/\s*\.?[A-Za-z_]/.test(tag)) {
    const open = stack.at(-1)
    if (open === undefined) throw invalid('template', `{{ ${tag} }} closes nothing`)
    if (tag === 'else') open.parts = open.parts === open.section.present ? open.section.absent : open.section.present
    else if (tag === 'end' || tag.slice(1).trim() === open.section.name) stack.pop()
    else throw invalid('template', `{{ ${tag} }} does not close {{ ${open.tag} }}`)
    return true
  }
  if (statement.test(tag)) throw invalid('template', `{{ ${tag} }} is more than this language can say`)
  return false
}

interface Token {
  readonly kind: 'literal' | 'tag'
  readonly text: string
}

/** One pass from left to right. A tag must close within a bounded stretch, which keeps the time linear. */
function tokens(source: string): Token[] {
  const found: Token[] = []
  const opener = /\{\{\{?|\$\{/g
  let from = 0
  let trim = false
  const literal = (to: number, cutEnd: boolean) => {
    const text = source.slice(from, to)
    const started = trim ? text.trimStart() : text
    found.push({ kind: 'literal', text: cutEnd ? started.trimEnd() : started })
  }
  for (let match = opener.exec(source); match !== null; match = opener.exec(source)) {
    const close = match[0] === '${' ? '}' : '}'.repeat(match[0].length)
    const start = match.index + match[0].length
    const length = source.slice(start, start + longestTag).indexOf(close)
    if (length < 0) continue
    const inside = source.slice(start, start + length)
    literal(match.index, /^-\s/.test(inside))
    found.push({ kind: 'tag', text: inside.replace(/^-\s|\s-$/g, '').trim() })
    trim = /\s-$/.test(inside)
    from = start + length + close.length
    opener.lastIndex = from
  }
  literal(source.length, false)
  return found
}
