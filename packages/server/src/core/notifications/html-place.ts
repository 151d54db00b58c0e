/**
 * Where in an HTML document a placeholder stands, because escaping depends on it:
 * `text` and `attribute` (quoted or `bare`) take escaped text, `url` is the beginning of an address, `url-part` a later
 * piece of it and `url-query` one behind `?` or `#`; `nowhere` (scripts, styles, comments, tag and attribute names, event
 * handlers) takes nothing at all.
 */
export interface HtmlPlace {
  readonly kind: 'text' | 'attribute' | 'url' | 'url-part' | 'url-query' | 'nowhere'
  readonly bare: boolean
}

/** Follows a document and says where its placeholders stand. */
export interface HtmlScanner {
  /** Reads a piece of the document. */
  read(literal: string): void
  /** The place the next placeholder stands at; what follows is read as behind its value. */
  place(): HtmlPlace
}

type Mode =
  | 'text'
  | 'open'
  | 'tag-name'
  | 'tag'
  | 'attribute'
  | 'before-value'
  | 'value'
  | 'declaration'
  | 'comment'
  | 'raw'

interface State {
  mode: Mode
  tag: string
  attribute: string
  quote: '"' | "'" | ''
  value: 'empty' | 'begun' | 'query'
}

const urlAttributes = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'poster',
  'background',
  'cite',
  'data',
  'xlink:href',
])

/** Follows an HTML document piece by piece, in time linear in its length. */
export function createHtmlScanner(): HtmlScanner {
  const state: State = { mode: 'text', tag: '', attribute: '', quote: '', value: 'empty' }
  return {
    read(literal) {
      let at = 0
      while (at < literal.length) at = step(state, literal, at)
    },
    place() {
      if (state.mode === 'text') return { kind: 'text', bare: false }
      if (state.mode === 'before-value') beginValue(state, '')
      if (state.mode !== 'value') return { kind: 'nowhere', bare: false }
      const place = { kind: kindOf(state), bare: state.quote === '' }
      if (state.value === 'empty') state.value = 'begun'
      return place
    },
  }
}

function kindOf(state: State): HtmlPlace['kind'] {
  if (state.attribute.startsWith('on') || ['style', 'srcset', 'srcdoc'].includes(state.attribute)) return 'nowhere'
  if (!urlAttributes.has(state.attribute)) return 'attribute'
  return state.value === 'empty' ? 'url' : state.value === 'query' ? 'url-query' : 'url-part'
}

/** Reads on from one position and answers the next. */
function step(state: State, text: string, at: number): number {
  switch (state.mode) {
    case 'text':
      return seek(state, text, at, '<', 'open')
    case 'open':
      return open(state, text, at)
    case 'declaration':
      return seek(state, text, at, '>', 'text')
    case 'comment':
      return seek(state, text, at, '-->', 'text')
    case 'raw':
      return leaveRaw(state, text, at)
    case 'value':
      return readValue(state, text, at)
    default:
      readTag(state, text.charAt(at))
      return at + 1
  }
}

function seek(state: State, text: string, at: number, mark: string, next: Mode): number {
  const found = text.indexOf(mark, at)
  if (found < 0) return text.length
  state.mode = next
  return found + mark.length
}

function open(state: State, text: string, at: number): number {
  // What mail programs of one maker read inside conditional comments is a document for them.
  if (text.startsWith('!--[if', at) || (text.startsWith('!', at) && !text.startsWith('!--', at))) {
    state.mode = 'declaration'
    return at + 1
  }
  if (text.startsWith('!--', at)) {
    // `<!-->` is a comment that ends where it begins.
    state.mode = text.startsWith('>', at + 3) ? 'declaration' : 'comment'
    return at + 3
  }
  state.mode = /[a-z/]/i.test(text.charAt(at)) ? 'tag-name' : 'text'
  state.tag = ''
  return at
}

function leaveRaw(state: State, text: string, at: number): number {
  const found = text.indexOf('</', at)
  if (found < 0) return text.length
  const name = text.slice(found + 2, found + 2 + state.tag.length).toLowerCase()
  if (name !== state.tag) return found + 2
  state.mode = 'tag'
  state.tag = ''
  return found + 2 + name.length
}

function readTag(state: State, character: string): void {
  if (character === '>') {
    state.mode = state.tag === 'style' || state.tag === 'script' ? 'raw' : 'text'
    return
  }
  const space = /[\s/]/.test(character)
  if (state.mode === 'tag-name') {
    if (space && state.tag !== '') state.mode = 'tag'
    else state.tag += character.toLowerCase()
    return
  }
  if (state.mode === 'before-value') {
    if (!/\s/.test(character)) beginValue(state, character)
    return
  }
  if (character === '=') state.mode = 'before-value'
  else if (space) state.mode = 'tag'
  else {
    state.attribute = (state.mode === 'attribute' ? state.attribute : '') + character.toLowerCase()
    state.mode = 'attribute'
  }
}

function beginValue(state: State, character: string): void {
  state.mode = 'value'
  state.quote = character === '"' || character === "'" ? character : ''
  state.value = character === '' || state.quote !== '' ? 'empty' : /[?#]/.test(character) ? 'query' : 'begun'
}

function readValue(state: State, text: string, at: number): number {
  const character = text.charAt(at)
  const ends = state.quote === '' ? /[\s>]/.test(character) : character === state.quote
  if (ends) {
    state.mode = 'tag'
    state.attribute = ''
    if (character === '>') readTag(state, character)
    return at + 1
  }
  if (character === '?' || character === '#') state.value = 'query'
  else if (state.value === 'empty') state.value = 'begun'
  return at + 1
}
