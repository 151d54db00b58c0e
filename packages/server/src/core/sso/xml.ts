import { isUtf8 } from 'node:buffer'

/** An element as it stands in a document that was read strictly. Text is whole: nothing can stand between its parts. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string
  readonly namespace: string
  /** Those without a namespace, by name. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** Its own text, without that of its children. */
  readonly text: string
}

/** A document that was refused before anything in it was believed. */
export class XmlFault extends Error {
  override readonly name = 'XmlFault'
}

/** What a document may hold. */
export interface XmlBounds {
  /** Elements inside each other. */
  readonly depth: number
  readonly elements: number
  /** Attributes of all elements together, namespace declarations included. */
  readonly attributes: number
  /** Comments are refused, or skipped as if they were not there. */
  readonly comments: 'refused' | 'skipped'
}

/** The bounds of messages. People with many groups have long ones; nobody has deep ones. */
export const messageBounds: XmlBounds = { depth: 40, elements: 5_000, attributes: 15_000, comments: 'refused' }
/** The bounds of metadata, which people write by hand as well. */
export const metadataBounds: XmlBounds = { ...messageBounds, comments: 'skipped' }

interface Growing {
  readonly name: string
  readonly namespace: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Growing[]
  text: string
}

/**
 * Reads a document strictly (XML 1.0, Namespaces in XML 1.0): UTF-8, well-formed, one root, no document type and so no
 * entities of its own, no processing instructions, no marked sections, within bounds (S79, S85).
 * @throws XmlFault
 */
export async function readXml(bytes: Uint8Array, bounds: XmlBounds): Promise<XmlElement> {
  if (!isUtf8(bytes)) throw new XmlFault('not UTF-8')
  const { SaxesParser } = await import('saxes')
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: Growing[] = []
  const seen = { elements: 0, attributes: 0 }
  const roots: Growing[] = []
  const refuse = (what: string) => () => {
    throw new XmlFault(what)
  }
  parser.on('error', refuse('not well-formed'))
  parser.on('doctype', refuse('a document type'))
  parser.on('processinginstruction', refuse('a processing instruction'))
  parser.on('cdata', refuse('a marked section'))
  if (bounds.comments === 'refused') parser.on('comment', refuse('a comment'))
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') throw new XmlFault('not UTF-8')
  })
  parser.on('opentag', ({ local, uri, attributes }) => {
    const all = Object.values(attributes)
    seen.elements += 1
    seen.attributes += all.length
    const isOver = seen.elements > bounds.elements || seen.attributes > bounds.attributes || open.length >= bounds.depth
    if (isOver) throw new XmlFault('too large')
    const plain = all.filter(({ uri: space }) => space === '').map((one) => [one.local, one.value] as const)
    const element: Growing = { name: local, namespace: uri, attributes: new Map(plain), children: [], text: '' }
    const parent = open.at(-1)
    if (parent === undefined) roots.push(element)
    else parent.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.on('text', (text) => {
    const at = open.at(-1)
    if (at !== undefined) at.text += text
  })
  try {
    parser.write(new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes)).close()
  } catch (error) {
    if (error instanceof XmlFault) throw error
    throw new XmlFault('not well-formed')
  }
  const [root] = roots
  if (root === undefined || roots.length > 1) throw new XmlFault('not one root')
  return root
}

/** The children of that name. */
export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name && child.namespace === namespace)
}

/** An element and everything inside it. */
export function* everyElement(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of element.children) yield* everyElement(child)
}
