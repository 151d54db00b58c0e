import { describe, expect, it } from 'vitest'
import { Refusal } from '../base/errors.ts'
import { checkDeclared, gather, defaultBodyLimits as limits, parseForm, parseJson } from './body.ts'
import { bodyKind } from './media-type.ts'

const parse = (text: string | Uint8Array) => parseJson(Buffer.from(text as string), limits)

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof Refusal ? error.code : `not a refusal: ${String(error)}`
  }
  return 'accepted'
}

async function* chunks(...sizes: number[]) {
  for (const size of sizes) yield new Uint8Array(size)
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const keyed = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 1])))

describe('parseJson', () => {
  it.each(['null', '[]', '"x"', '1', '{"a":[1,{"b":null}]}'])('S113 reads %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it.each(['', ' ', '{', '{a:1}', "{'a':1}", '[1,]', 'undefined', 'NaN', '\ufeff{}', '{}x'])(
    'S113 refuses %j as bad_json',
    (text) => {
      expect(codeOf(() => parse(text))).toBe('bad_json')
    },
  )

  it('S113 refuses bad UTF-8, over-long and surrogate encodings included', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      expect(codeOf(() => parse(Uint8Array.from(bytes)))).toBe('bad_json')
    }
  })

  it('S113 takes 32 levels and refuses 33', () => {
    expect(codeOf(() => parse(nested(32)))).toBe('accepted')
    expect(codeOf(() => parse(nested(33)))).toBe('validation_failed')
  })

  it('S65 survives half a million levels', () => {
    expect(codeOf(() => parse(nested(500_000)))).toBe('validation_failed')
  })

  it('S113 takes 1,000 keys over all objects and refuses 1,001', () => {
    expect(codeOf(() => parse(keyed(1000)))).toBe('accepted')
    expect(codeOf(() => parse(`[${keyed(500)},${keyed(501)}]`))).toBe('validation_failed')
  })

  it('S113 refuses a list of 100,000 items', () => {
    expect(codeOf(() => parse(`[${'1,'.repeat(99_999)}1]`))).toBe('validation_failed')
  })

  it('S100 refuses NUL, lone surrogates and endless numbers, in keys too', () => {
    for (const text of ['"\\u0000"', '"\\ud800"', '"\\udc00x"', '{"\\u0000":1}', '1e400', '[-1e999]']) {
      expect(codeOf(() => parse(text))).toBe('validation_failed')
    }
    expect(parse('"\\ud83d\\ude00 \\u00e9"')).toBe('😀 é')
  })

  it('S99 refuses __proto__ at any depth and pollutes nothing', () => {
    expect(codeOf(() => parse('{"a":[{"__proto__":{"x":1}}]}'))).toBe('validation_failed')
    expect(codeOf(() => parse('{"\\u005f_proto__":{"x":1}}'))).toBe('validation_failed')
    expect(parse('{"constructor":{"prototype":{"x":1}}}')).toEqual({ constructor: { prototype: { x: 1 } } })
    expect(Reflect.get({}, 'x')).toBeUndefined()
  })

  it('tells of a byte order mark by its name (RFC 8259 §8.1), since nobody sees one', () => {
    expect(() => parse('\ufeff{"a":1}')).toThrow(
      /^The body begins with a byte order mark\. Send the JSON without it\.$/,
    )
    expect(codeOf(() => parse('\ufeff{"a":1}'))).toBe('bad_json')
    expect(parse('"\ufeff"')).toBe('\ufeff')
  })

  it('S65 lets the last of duplicate keys count', () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  it('S119 does not repeat the body in its complaint', () => {
    expect(() => parse('{"password": hunter2}')).toThrow(/^The body is not valid JSON\.$/)
  })
})

describe('gather', () => {
  it('S113 takes exactly the limit and refuses one byte more, without a declared length', async () => {
    await expect(gather(chunks(limits.bytes - 1, 1), limits)).resolves.toHaveLength(limits.bytes)
    await expect(gather(chunks(limits.bytes, 1), limits)).rejects.toMatchObject({ code: 'payload_too_large' })
  })

  it('S113 stops reading a body without end', async () => {
    let read = 0
    async function* endless() {
      for (;;) {
        read += 65_536
        yield new Uint8Array(65_536)
      }
    }
    await expect(gather(endless(), limits)).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(read).toBeLessThan(limits.bytes * 2)
  })
})

describe('checkDeclared', () => {
  it('S113 refuses by the declared length and refuses compressed bodies', () => {
    expect(codeOf(() => checkDeclared(undefined, '1048577', limits))).toBe('payload_too_large')
    expect(codeOf(() => checkDeclared('gzip', '10', limits))).toBe('unsupported_media_type')
    expect(codeOf(() => checkDeclared('identity, gzip', '10', limits))).toBe('unsupported_media_type')
    expect(codeOf(() => checkDeclared('Identity', '1048576', limits))).toBe('accepted')
  })
})

describe('parseForm', () => {
  it('reads fields and refuses too many', () => {
    expect(parseForm(Buffer.from('a=1+2&b=%C3%A9'), limits).one('a')).toBe('1 2')
    expect(codeOf(() => parseForm(Buffer.from('a&'.repeat(1001)), limits))).toBe('validation_failed')
    expect(codeOf(() => parseForm(Uint8Array.of(0xff), limits))).toBe('validation_failed')
  })
})

describe('bodyKind', () => {
  it.each([
    ['application/json', 'json'],
    ['application/json;charset=UTF-8', 'json'],
    ['Application/JSON ; charset="utf-8"', 'json'],
    ['application/json; charset=utf-16', 'other'],
    ['application/jsonp', 'other'],
    ['text/plain; application/json', 'other'],
    ['application/json, text/plain', 'other'],
    ['application/x-www-form-urlencoded', 'form'],
    ['multipart/form-data; boundary=x', 'other'],
    ['', 'none'],
  ])('S109 reads %s as %s', (header, kind) => {
    expect(bodyKind(header)).toBe(kind)
  })
})
