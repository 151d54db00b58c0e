import { describe, expect, it } from 'vitest'
import { createAddressRules, readAddressEntry } from './address-rules.ts'

const rules = (allow: string[], block: string[] = []) => createAddressRules({ allow, block })
const mail = (email: string) => ({ email })

describe('the lists of addresses', () => {
  it('let everybody in where they are empty', () => {
    expect(rules([]).allows(mail('anybody@anywhere.test'))).toBe(true)
    expect(rules([]).closed).toBe(false)
    expect(rules([], ['evil.test']).closed).toBe(false)
  })

  it('let in whom they name and nobody else', () => {
    const { allows, closed } = rules(['acme.test', 'guest@other.test', '+49 151 12345678'])
    expect(closed).toBe(true)
    expect(allows(mail('jo@acme.test'))).toBe(true)
    expect(allows(mail('guest@other.test'))).toBe(true)
    expect(allows({ phone: '+4915112345678' })).toBe(true)
    for (const email of ['jo@other.test', 'jo@xacme.test', 'jo@acme.test.evil.test', 'jo@sub.acme.test'])
      expect(allows(mail(email))).toBe(false)
    expect(allows({ phone: '+4915112345679' })).toBe(false)
  })

  it('name all below a domain with a star, and not the domain itself', () => {
    const { allows } = rules([], ['*.evil.test', '@*.worse.test'])
    for (const email of ['a@x.evil.test', 'a@x.y.evil.test', 'a@z.worse.test']) expect(allows(mail(email))).toBe(false)
    for (const email of ['a@evil.test', 'a@xevil.test']) expect(allows(mail(email))).toBe(true)
  })

  it.each([
    // one address before its domain, blocking before allowing
    [['acme.test'], ['jo@acme.test'], 'jo@acme.test', false],
    [['jo@evil.test'], ['evil.test'], 'jo@evil.test', true],
    [['jo@evil.test'], ['evil.test'], 'al@evil.test', false],
    [['jo@evil.test'], ['jo@evil.test'], 'jo@evil.test', false],
    [['acme.test'], ['acme.test'], 'jo@acme.test', false],
    [['*.acme.test'], ['bad.acme.test'], 'jo@bad.acme.test', false],
  ])('allow %j, block %j: %s is %s', (allow, block, email, expected) => {
    expect(rules(allow, block).allows(mail(email))).toBe(expected)
  })

  it('are not fooled by a tag', () => {
    expect(rules([], ['bad@mail.test']).allows(mail('bad+again@mail.test'))).toBe(false)
    expect(rules([], ['bad@mail.test']).allows(mail('bad+a+b@mail.test'))).toBe(false)
    expect(rules([], ['bad@mail.test']).allows(mail('badly@mail.test'))).toBe(true)
    expect(rules(['good@mail.test']).allows(mail('good+other@mail.test'))).toBe(false)
    expect(rules([], ['bad+x@mail.test']).allows(mail('bad@mail.test'))).toBe(true)
  })

  it('read entries however they are written', () => {
    const idn = rules([], ['MÜNCHEN.example', 'Evil.TEST.', ' @ｗｉｄｅ.test ', '*.BÜCHER.test'])
    for (const email of ['a@xn--mnchen-3ya.example', 'a@evil.test', 'a@wide.test', 'a@x.xn--bcher-kva.test'])
      expect(idn.allows(mail(email))).toBe(false)
    expect(rules(['JO@Acme.Test.']).allows(mail('jo@acme.test'))).toBe(true)
  })

  it.each([
    '',
    '@',
    '*',
    '*.',
    'acme',
    'a@b@c.test',
    'acme.test/x',
    '+12',
    'a b.test',
    '*.*.test',
    'x.*.test',
    '127.0.0.1',
  ])('cannot hold %j', (entry) => {
    expect(readAddressEntry(entry)).toBeUndefined()
  })
})
