import { describe, expect, it } from 'vitest'
import { source } from './source.mjs'
import { checkWords } from './words.mjs'

const complaints = (text, path = 'packages/server/src/core/a.ts') => checkWords([source(path, text)])
/** Joined here, so that the words stand nowhere in this file. */
const word = (...parts) => parts.join('')

describe('words', () => {
  it.each([
    word('see /', 'work/main/docs'),
    word("'/", "root/.cache'"),
    word('in /', 'home/someone'),
    word('in /', 'tmp/x'),
    word('// TO', 'DO: later'),
    word('// FIX', 'ME'),
    word('this is not imple', 'mented yet'),
    word('fixes iss', 'ue #12'),
    word('as agreed in sess', 'ion number 12'),
    word('Clau', 'de wrote it'),
    word('AI', '-generated'),
    word('made by an ag', 'ent'),
  ])('stops %j', (text) => expect(complaints(text)).toHaveLength(1))

  it.each([
    'the network/workers folder',
    './workspace and packages/work/x',
    'the user agent of the session',
    'https://example.test/home/page',
    'a session of 12 hours',
    'todo lists are data',
    'every root/branch',
  ])('lets %j pass', (text) => expect(complaints(text)).toEqual([]))

  it('looks at pages too, and names the line', () => {
    expect(complaints(word('one\ntwo TO', 'DO'), 'docs/guides/a.md')).toEqual([
      expect.objectContaining({ file: 'docs/guides/a.md', line: 2 }),
    ])
  })
})
