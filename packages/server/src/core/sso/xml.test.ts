import { describe, expect, it } from 'vitest'
import { childrenOf, everyElement, messageBounds, metadataBounds, readXml, XmlFault } from './xml.ts'

const read = (text: string | Uint8Array, bounds = messageBounds) =>
  readXml(typeof text === 'string' ? Buffer.from(text) : text, bounds)

describe('readXml', () => {
  it('reads names by namespace, attributes without one, and whole texts', async () => {
    const root = await read('<a:b xmlns:a="urn:a" xmlns="urn:d" c="1" a:c="2">x<d>y &amp; &#65;</d>z</a:b>')
    expect(root).toMatchObject({ name: 'b', namespace: 'urn:a', text: 'xz' })
    expect([...root.attributes]).toEqual([['c', '1']])
    expect(childrenOf(root, 'urn:d', 'd')).toMatchObject([{ text: 'y & A' }])
    expect(childrenOf(root, 'urn:a', 'd')).toEqual([])
    expect([...everyElement(root)].map(({ name }) => name)).toEqual(['b', 'd'])
  })

  it('refuses whatever is more than elements, attributes and text', async () => {
    for (const text of [
      '',
      'x',
      '<a>',
      '<a/><b/>',
      '<a b="1" b="2"/>',
      '<a><b></a></b>',
      '<a:b/>',
      '<!DOCTYPE a><a/>',
      '<a><![CDATA[x]]></a>',
      '<a><?b c?></a>',
      '<a><!-- --></a>',
      '<a>&b;</a>',
      '<?xml version="1.0" encoding="latin1"?><a/>',
      '<a b="<"/>',
      '<a>\u0001</a>',
    ])
      await expect(read(text), text).rejects.toBeInstanceOf(XmlFault)
    await expect(read(Buffer.from([0xff, 0xfe, 0x3c, 0x00]))).rejects.toBeInstanceOf(XmlFault)
  })

  it('refuses what is deeper or longer than its bounds, before it has read all of it', async () => {
    const deep = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
    await expect(read(deep(messageBounds.depth))).resolves.toBeDefined()
    await expect(read(deep(messageBounds.depth + 1))).rejects.toBeInstanceOf(XmlFault)
    await expect(read(`<a>${'<b/>'.repeat(messageBounds.elements)}</a>`)).rejects.toBeInstanceOf(XmlFault)
  })

  it('skips the comments of metadata', async () => {
    expect(await read('<!-- x --><a>b<!-- x -->c</a>', metadataBounds)).toMatchObject({ text: 'bc' })
  })
})
