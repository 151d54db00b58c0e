import { describe, expect, it } from 'vitest'
import { Refusal } from '../base/errors.ts'
import { OperatorError } from '../base/operator-error.ts'
import { failureOf } from './failure-of.ts'

const failed = (message: string, more: object) => Object.assign(new Error(message), more)

describe('failureOf', () => {
  it.each([
    [failed('listen EADDRINUSE', { code: 'EADDRINUSE', port: 8787 }), 'Port 8787 is taken'],
    [failed('listen EACCES', { code: 'EACCES', syscall: 'listen', port: 80 }), 'Choose one above 1023 with --port'],
    [failed('listen', { code: 'EADDRNOTAVAIL', address: '192.0.2.1' }), '192.0.2.1 is no address of this machine'],
    [failed('database "x" does not exist', { code: '3D000' }), 'Create it, or mend the address (--database-url)'],
    [
      failed('password authentication failed for user "app"', { code: '28P01' }),
      'Are name and password in its address (--database-url) right?',
    ],
    [failed('The server does not support SSL connections', {}), 'take sslmode out of the address'],
    [
      failed('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      'Name its authority in the address with sslrootcert=<file>',
    ],
    [new OperatorError('The database is newer. Start a later release.'), /^The database is newer\. Start a later/],
    [
      new Refusal('unavailable', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }),
      'The database cannot be reached: connect ECONNREFUSED',
    ],
    [new Error('one', { cause: new Error('two') }), 'It failed: one two'],
    ['no error at all', 'It failed for an unknown reason.'],
  ])('says what to do about %s', (error, sentence) => {
    expect(failureOf(error)).toMatch(sentence)
  })

  it('keeps the credentials of an address to itself', () => {
    const cause = new Error('no route to postgres://app:hunter2@db.test/auth')
    expect(failureOf(new Refusal('unavailable', { cause }))).not.toContain('hunter2')
  })
})
