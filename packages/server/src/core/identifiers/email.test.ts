import { describe, expect, it } from 'vitest'
import { maskEmail, parseEmail } from './email.ts'

const refusedFor = (reason: string) => expect.objectContaining({ code: 'email_address_invalid', details: { reason } })

describe('S15: an address is exactly one addr-spec', () => {
  it.each([
    ['a@x.test,b@y.test', 'format'],
    ['"a@evil.test x"@good.test', 'characters'],
    ['a@x.test\r\nBcc: b@y.test', 'characters'],
    ['a@x.test\u0000', 'characters'],
    ['<a@x.test>', 'characters'],
    ['Ada <a@x.test>', 'characters'],
    ['a(comment)@x.test', 'characters'],
    ['"a"@x.test', 'characters'],
    ['@route.test:a@x.test', 'format'],
    ['a;b@x.test', 'characters'],
    ['a b@x.test', 'characters'],
    ['a\\b@x.test', 'characters'],
    ['a@[127.0.0.1]', 'domain'],
    ['a@127.0.0.1', 'domain'],
    ['a@0x7f.1', 'domain'],
    ['a@2130706433', 'domain'],
    ['a@[IPv6:::1]', 'domain'],
    ['a@x', 'domain'],
    ['a@x.test.', 'domain'],
    ['a@.x.test', 'domain'],
    ['a@x..test', 'domain'],
    ['a@-x.test', 'domain'],
    ['a@x-.test', 'domain'],
    ['a@x_y.test', 'domain'],
    ['a@x.test:25', 'domain'],
    ['a@x.test/y', 'domain'],
    ['a@x%2etest', 'domain'],
    ['a@x.test?y', 'domain'],
    ['a@xn--a.test', 'domain'],
    ['.a@x.test', 'format'],
    ['a.@x.test', 'format'],
    ['a..b@x.test', 'format'],
    ['@x.test', 'format'],
    ['a@', 'domain'],
    ['', 'format'],
    [`${'a'.repeat(65)}@x.test`, 'length'],
    [`a@${'x'.repeat(64)}.test`, 'domain'],
    [`${'a'.repeat(60)}@${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(50)}.test`, 'length'],
    ['a'.repeat(300), 'format'],
  ])('refuses %j', (input, reason) => {
    expect(() => parseEmail(input)).toThrow(refusedFor(reason))
  })

  it.each([[['a@x.test', 'b@y.test']], [{ $ne: '' }], [null], [undefined], [42], [true]])('refuses %j', (input) => {
    expect(() => parseEmail(input)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })

  it('accepts what is one', () => {
    const longest = `${'a'.repeat(64)}@${'x'.repeat(61)}.${'y'.repeat(61)}.${'z'.repeat(60)}.test`
    for (const address of ['a@x.test', "o'brien+tag@mail.x-y.test", '_a!#$%&*=?^`{|}~-/@x.test', longest]) {
      expect(parseEmail(address)).toBe(address)
    }
  })
})

describe('S16: normalised before it is judged', () => {
  it('forms of the stored address lead to the stored address', () => {
    const same = [
      'victim＠example.test',
      'ｖｉｃｔｉｍ@example.test',
      'victim@ExAmPlE.TeST',
      ' victim@example.test\n',
      '\u00a0victim@example。test',
      'victim@ｅｘａｍｐｌｅ．test',
      'victim@e\u2093ample.test',
    ]
    for (const form of same) expect(parseEmail(form)).toBe('victim@example.test')
    expect(parseEmail('\u212aay@example.test')).toBe('kay@example.test')
    expect(parseEmail('a@\u212aiosk.test')).toBe('a@kiosk.test')
    expect(parseEmail('a@B\u00fccher.example')).toBe('a@xn--bcher-kva.example')
    expect(parseEmail('a@bu\u0308cher.example')).toBe('a@xn--bcher-kva.example')
  })

  it.each([
    'v\u0131ctim@example.test',
    'V\u0130CTIM@example.test',
    'vi\u0301ctim@example.test',
    'vic\u200dtim@example.test',
    'vic\u200btim@example.test',
    'vic\u00adtim@example.test',
    'victim@exa\u200dmple.test',
    'victim@exa\u00admple.test',
    'victim\u202e@example.test',
    'vict\u0456m@example.test',
    'victim\u034f@example.test',
    'victim\ud800@example.test',
  ])('refuses the look-alike %j', (form) => {
    expect(() => parseEmail(form)).toThrow(refusedFor('characters'))
  })

  it('is stable: parsing the result changes nothing', () => {
    for (const form of ['ﬁ@ﬀ.test', 'A@faß.test', 'ſ@x.test', 'a@X.xn--BCHER-kva.example']) {
      const once = parseEmail(form)
      expect(parseEmail(once)).toBe(once)
    }
  })
})

it('S17: keeps dots and tags, and ignores case', () => {
  expect(parseEmail('User@Example.TEST')).toBe('user@example.test')
  expect(parseEmail('u.ser@example.test')).toBe('u.ser@example.test')
  expect(parseEmail('user+tag@example.test')).toBe('user+tag@example.test')
})

it('S118: long input of any shape is refused before it is worked on', () => {
  for (const shape of ['a', '@', '(', ' ', 'a.', '.', '\ufdfa', 'a@']) {
    expect(() => parseEmail(shape.repeat(100 * 1024))).toThrow(refusedFor('length'))
  }
  for (const shape of ['@', '(', ' ', 'a.', '.', '\ufdfa']) {
    expect(() => parseEmail(shape.repeat(1000))).toThrow(expect.objectContaining({ code: 'email_address_invalid' }))
  }
})

it('masks all but the first character and the domain', () => {
  expect(maskEmail('jane.doe@example.test')).toBe('j•••@example.test')
  expect(maskEmail('j@example.test')).toBe('j•••@example.test')
})
