import { describe, expect, it } from 'vitest'
import { checkAmbient } from './ambient.mjs'
import { source } from './source.mjs'

const complaints = (path, text) =>
  checkAmbient([source(`packages/server/src/${path}`, text)]).map(({ message }) => message)

describe('ambient', () => {
  it.each([
    'const a = () => new Date()',
    'const a = () => Date.now()',
    'const a = () => performance.now()',
    'const a = Math.random',
    "const a = process.env['X']",
    "const a = process['env']",
    "import { env } from 'node:process'",
    "console.log('a')",
    'let count = 0',
    'export let count = 0',
    'var count = 0',
  ])('stops %s in a room', (text) => expect(complaints('core/users/users.ts', text)).toHaveLength(1))

  it.each([
    'const a = (now) => new Date(now)',
    'const a = Math.max(1, 2)',
    'const a = process.platform',
    'function count() {\n  let n = 0\n  n += 1\n  return n\n}',
    '// console.log of Date.now()',
    "const a = 'Math.random'",
  ])('lets %s pass', (text) => expect(complaints('core/users/users.ts', text)).toEqual([]))

  it.each([
    'base/runtime.ts',
    'config.ts',
    'config-file.ts',
    'config/read.ts',
    'main.ts',
    'cli/start.ts',
    'core/a.test.ts',
  ])('lets %s meet the machine', (path) =>
    expect(complaints(path, 'const a = () => [Date.now(), process.env, console.log]')).toEqual([]),
  )

  it('lets nobody keep state at module level', () => {
    expect(complaints('main.ts', 'let started = false')).toHaveLength(1)
  })
})
