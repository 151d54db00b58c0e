import { describe, expect, it } from 'vitest'
import { checkShape } from './shape.mjs'
import { source } from './source.mjs'

const complaints = (path, text) => checkShape([source(path, text)]).map(({ message }) => message)
const place = 'packages/server/src/core/users/users.ts'
const lines = (count, line = '  work()') => `${Array(count).fill(line).join('\n')}\n`

describe('shape', () => {
  it('stops a file of 351 lines and lets one of 350 pass', () => {
    expect(complaints(place, lines(350, 'work()'))).toEqual([])
    expect(complaints(place, lines(351, 'work()'))).toEqual([expect.stringContaining('351 lines')])
  })

  it('lets a long table pass that says so in line one', () => {
    expect(complaints(place, `// Data: codes of countries\n${lines(400, 'work()')}`)).toEqual([])
    expect(complaints(place, `/* Data: codes */\n${lines(400, 'work()')}`)).toEqual([])
    expect(complaints(place, `work()\n// Data: too late\n${lines(400, 'work()')}`)).toHaveLength(1)
  })

  it('stops a function of 61 lines, whatever kind it is', () => {
    expect(complaints(place, `function long() {\n${lines(58)}}\n`)).toEqual([])
    expect(complaints(place, `function long() {\n${lines(59)}}\n`)).toEqual([
      expect.stringContaining('long has 61 lines'),
    ])
    expect(complaints(place, `const long = () => {\n${lines(59)}}\n`)).toHaveLength(1)
    expect(complaints(place, `class A {\n  long() {\n${lines(59)}  }\n}\n`)).toHaveLength(1)
  })

  it('counts a named function inside a factory for itself alone', () => {
    const method = (name) => `  ${name}() {\n${lines(20)}  },\n`
    expect(
      complaints(
        place,
        `export function createUsers() {\n  return {\n${['a', 'b', 'c', 'd'].map(method).join('')}  }\n}\n`,
      ),
    ).toEqual([])
  })

  it('counts an anonymous callback for the function it stands in', () => {
    expect(complaints(place, `function long() {\n  each(() => {\n${lines(59)}  })\n}\n`)).not.toEqual([])
  })

  it('stops folders that say nothing and names that are not kebab-case', () => {
    expect(complaints('packages/server/src/core/utils/a.ts', '')).toEqual([expect.stringContaining('folder name')])
    expect(complaints('packages/server/src/core/users/newUser.ts', '')).toEqual([expect.stringContaining('kebab-case')])
    expect(complaints('packages/server/src/storage/migrations/0001_first_tables.sql', '')).toEqual([])
    expect(complaints('packages/server/test/attacks/s1-passwords.test.ts', '')).toEqual([])
  })

  it('leaves tests their length', () => {
    expect(complaints('packages/server/src/core/users/users.test.ts', lines(400, 'work()'))).toEqual([])
  })
})
