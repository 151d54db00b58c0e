import { describe, expect, it } from 'vitest'
import { createCommonPasswords } from './common-passwords.ts'
import { judgePassword } from './strength.ts'

const common = createCommonPasswords()
const personal = ['ada.lovelace@example.test', '+15550100123', 'Ada Lovelace', 'Acme Portal', null, undefined]
const judge = (password: string, more = {}) => judgePassword(password, { common, personal, ...more })

describe('S3: passwords everybody tries', () => {
  const tried = [
    'password123',
    'qwertyuiop',
    'password1',
    '12345678',
    'iloveyou1',
    'letmein123',
    'Password1',
    'PASSWORD123',
    'sunshine',
    'trustno1',
    'baseball',
    'football',
    'superman',
    '1q2w3e4r',
    '1qaz2wsx',
    'zaq12wsx',
    'q1w2e3r4',
    '11111111',
    '88888888',
    '123456789',
    '1234567890',
    '987654321',
    'abcd1234',
    'aa123456',
    'asdfghjkl',
    'passw0rd',
    'p@ssw0rd',
    'princess1',
    'jennifer',
    'michelle',
    'starwars',
    'computer',
    'corvette',
    'whatever',
    'liverpool',
    'samantha',
    'charlie1',
    'welcome1',
    'summer2024',
    'qwerty123',
    '1234qwer',
    'admin123',
    'changeme',
    'iloveyou',
  ]
  it.each(tried)('%s is common', (password) => {
    expect(judge(password)).toEqual(['common'])
  })

  it('are also known below eight characters, where the minimum is lower', () => {
    for (const password of ['123456', 'qwerty', 'monkey', 'abc123', 'letmein']) {
      expect(judge(password, { min: 6 })).toEqual(['common'])
      expect(judge(password)).toEqual(['length', 'common'])
    }
  })
})

describe('S3: passwords made of the account', () => {
  const own = [
    'watchword1',
    'Watchword!!',
    'ada.lovelace',
    'ada.lovelace@example.test',
    'AdaLovelace1815',
    'Lovelace2024!',
    'adalovelace',
    'acmeportal1',
    'Acme Portal',
    '15550100123',
    '+1 (555) 010-0123',
    '5550100123',
    '123lovelace',
  ]
  it.each(own)('%s is personal', (password) => {
    expect(judge(password)).toEqual(['personal'])
  })

  it('are personal only when nothing else is in them', () => {
    for (const password of ['lovelace and byron', 'my acme portal key', 'watchwordsmith', '99999999998']) {
      expect(judge(password)).toEqual([])
    }
    expect(judgePassword('12345678', { personal: ['1234', '!!!!'] })).toEqual([])
  })
})

describe('S3: passwords that are accepted', () => {
  it('whatever they are made of', () => {
    const words = 'harbour velvet onion quartz lantern '
    const accepted = [
      words.repeat(7).trim(),
      '😀'.repeat(64),
      'correct horse battery staple',
      'nurbuchstabenhier',
      '  spaces  ',
      'пароль-из-слов',
    ]
    for (const password of accepted) expect(judge(password)).toEqual([])
  })

  it('length counts code points of the normal form', () => {
    expect(judge('😀'.repeat(7))).toEqual(['length'])
    expect(judge('😀'.repeat(8))).toEqual([])
    expect(judge('e\u0301'.repeat(7))).toEqual(['length'])
    expect(judge('😀'.repeat(256))).toEqual([])
    expect(() => judge('😀'.repeat(257))).toThrow(expect.objectContaining({ code: 'validation_failed' }))
    expect(() => judge('a'.repeat(900 * 1024))).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })

  it('the minimum is never below six', () => {
    expect(judge('x9#Lq', { min: 1 })).toEqual(['length'])
    expect(judge('x9#Lq2', { min: 1 })).toEqual([])
  })
})

it('asks for one character of each required set', () => {
  const requiredCharacters = ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789']
  expect(judge('lantern-velvet', { requiredCharacters })).toEqual(['characters'])
  expect(judge('Lantern-velvet-7', { requiredCharacters })).toEqual([])
  expect(judge('x', { requiredCharacters })).toEqual(['length', 'characters'])
})
