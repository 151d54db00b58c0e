import { describe, expect, it } from 'vitest'
import { checkConstantTime } from './constant-time.mjs'
import { source } from './source.mjs'

const complaints = (text, path = 'packages/server/src/core/tickets/redeem.ts') =>
  checkConstantTime([source(path, text)])

describe('constant time', () => {
  it.each([
    'const a = token === given',
    'const a = given !== row.hash',
    'const a = input.code == row.code',
    'const a = row?.secret === given',
    'const a = row.passwordHash === given',
    'const a = given === refreshToken',
    'const a = row.digest.equals(given)',
    'const a = given.equals(signature)',
    'const a = query.state === cookie.state',
  ])('stops %s', (text) => expect(complaints(text)).toHaveLength(1))

  it.each([
    "const a = error.code === 'expired'",
    'const a = token === undefined',
    'const a = row.hash !== null',
    "const a = typeof token === 'string'",
    'const a = statusCode === other',
    'const a = sameText(token, given)',
    'const a = row.id === given',
    'const a = state === `idle`',
  ])('lets %s pass', (text) => expect(complaints(text)).toEqual([]))

  it('leaves tests alone', () => {
    expect(complaints('const a = token === given', 'packages/server/src/core/tickets/redeem.test.ts')).toEqual([])
  })
})
