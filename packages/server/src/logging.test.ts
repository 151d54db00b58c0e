import { describe, expect, it } from 'vitest'
import { createLog, type LogOptions } from './logging.ts'

function logged(fields: object, message = 'something happened', options: LogOptions = {}) {
  const lines: string[] = []
  const log = createLog({ level: 'debug', ...options, write: (line) => void lines.push(line) })
  log.warn(fields, message)
  return lines.join('')
}

const parsed = (fields: object, message?: string) => JSON.parse(logged(fields, message)) as Record<string, unknown>

describe('createLog', () => {
  it('writes one JSON line with time, level, message and fields', () => {
    const line = logged({ route: '/v1/me', status: 200 })
    expect(line.endsWith('\n')).toBe(true)
    expect(line.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(line)).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      message: 'something happened',
      route: '/v1/me',
      status: 200,
    })
  })

  it('leaves out what is less important than its level', () => {
    expect(logged({}, 'quiet', { level: 'error' })).toBe('')
  })

  it('hides what is secret by name, at any depth', () => {
    const mark = 'MARKED-7f3a'
    const names = [
      ...[
        'password',
        'newPassword',
        'token',
        'access_token',
        'refreshToken',
        'secret',
        'client_secret',
        'authorization',
      ],
      ...[
        'cookie',
        'set-cookie',
        'apikey',
        'code',
        'otp',
        'nonce',
        'code_verifier',
        'encryptionKey',
        'key',
        'SAMLResponse',
      ],
    ]
    for (const name of names) {
      const line = logged({ [name]: mark, headers: { [name]: mark }, list: [{ [name]: [mark] }] })
      expect(line, name).not.toContain(mark)
    }
    expect(logged({ code: 482_913 })).not.toContain('482913')
  })

  it('hides what is secret by its form, in fields, messages, names and errors', () => {
    const secrets = [
      'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
      'wws_kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP',
      'sb_secret_kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP',
      '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
    ]
    for (const secret of secrets) {
      const error = new Error(`failed with ${secret}`, { cause: new Error(secret) })
      expect(logged({ text: `see ${secret}!`, [secret]: 1, error }, `got ${secret}`)).not.toContain(secret)
    }
  })

  it('hides credentials and secret parameters in URLs', () => {
    const line = logged(
      { error: new Error('connect postgres://app:hunter2@db.test/auth failed') },
      'GET /verify?type=signup&token=abcdef123456&redirect_to=x',
    )
    expect(line).not.toMatch(/hunter2|abcdef123456/)
    expect(line).toContain('postgres://•••@db.test/auth')
    expect(line).toContain('type=signup')
  })

  it('masks addresses and numbers', () => {
    expect(
      parsed({ email: 'anna@example.test', phone: '+49 151 1234567', note: 'to bob.b@mail.example.test now' }),
    ).toMatchObject({
      email: 'a•••@example.test',
      phone: '•••567',
      note: 'to b•••@mail.example.test now',
    })
  })

  it('keeps the codes of errors', () => {
    expect(parsed({ code: 'invalid_credentials' })).toMatchObject({ code: 'invalid_credentials' })
  })

  it('escapes line breaks, terminal colours and turned writing, and cuts long texts', () => {
    const line = logged({ agent: 'x\n{"level":"error"}\u001b[31m\u202e', long: 'é'.repeat(10_240) }, 'a\r\nb')
    expect(line.trim().split('\n')).toHaveLength(1)
    for (const trick of ['\u001b', '\u202e']) expect(line).not.toContain(trick)
    expect(JSON.parse(line)).toMatchObject({ message: 'a\\u000d\\u000ab' })
    expect(line.length).toBeLessThan(2_600)
  })

  it('survives circles, depth, bytes, dates and big numbers', () => {
    const circle: Record<string, unknown> = { at: new Date(0), bytes: Buffer.from('secret'), big: 10n }
    circle['self'] = circle
    expect(parsed({ circle })).toMatchObject({
      circle: { at: '1970-01-01T00:00:00.000Z', bytes: '[6 bytes]', big: '10', self: '[circular]' },
    })
  })

  it('is quick with a hostile text', () => {
    for (const text of ['a@'.repeat(50_000), 'a.'.repeat(50_000), '://'.repeat(40_000), 'eyJ.'.repeat(30_000)]) {
      expect(logged({ text }).length).toBeLessThan(20_000)
    }
  })
})

describe('the form for people', () => {
  it('is one line of time, level, message and fields', () => {
    expect(logged({ port: 8787, name: 'a b' }, 'listening', { format: 'pretty' })).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}listening port=8787 name="a b"\n$/,
    )
  })

  it('shows where an error comes from, indented', () => {
    const lines = logged({ error: new TypeError('broken\nINFO forged') }, 'failed', { format: 'pretty' }).split('\n')
    expect(lines[0]).toContain('failed error=TypeError: broken\\u000aINFO forged')
    expect(lines[1]).toMatch(/^ {4}at /)
    expect(lines.filter((line) => line.startsWith('INFO'))).toEqual([])
  })

  it('has colours only when asked', () => {
    expect(logged({}, 'x', { format: 'pretty' })).not.toContain('\u001b')
    expect(logged({}, 'x', { format: 'pretty', isColoured: true })).toContain('\u001b[33mWARN')
  })
})
