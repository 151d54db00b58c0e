import { describe, expect, it } from 'vitest'
import { follow, readPath } from './claim-path.ts'

const user = {
  email: null,
  roles: ['me', 'user'],
  metadata: {
    plan: 'free',
    'a.b': 'dotted',
    one: ['only'],
    none: [],
    teams: [{ id: 1, tags: ['a', 'b'] }, { id: 2, tags: ['c'] }, { name: 'without' }],
    grid: [
      [{ id: 1 }, { id: 2 }],
      [{ id: 3 }, { id: 4 }],
    ],
  },
}

describe('a path into a user', () => {
  it.each([
    ['metadata.plan', 'free'],
    ["metadata['a.b']", 'dotted'],
    ['roles', ['me', 'user']],
    ['roles[]', ['me', 'user']],
    ['roles[*]', ['me', 'user']],
    ['roles[1]', 'user'],
    ['roles.0', 'me'],
    ['metadata.one[]', ['only']],
    ['metadata.none[*]', []],
    ['metadata.none[*].id', []],
    ['metadata.teams[0].id', 1],
    ['metadata.teams.1.id', 2],
    ['metadata.teams[*].id', [1, 2]],
    ['metadata.teams[].id', [1, 2]],
    ['metadata.teams.id', [1, 2]],
    ['metadata.teams.id[]', [1, 2]],
    ['metadata.teams[*].tags[*]', ['a', 'b', 'c']],
    ['metadata.teams[*].tags[0]', ['a', 'c']],
    ['metadata.grid[*][*].id', [1, 2, 3, 4]],
    ['metadata.grid[1][0].id', 3],
    ['email', null],
  ])('%s', (path, value) => {
    expect(follow(user, path)).toEqual(value)
  })

  it.each([
    'metadata.nothing',
    'metadata.plan.more',
    'metadata.plan[*]',
    'metadata.plan[0]',
    'metadata.teams[9].id',
    'email.length',
    'toString',
    '__proto__.polluted',
    'metadata.constructor.name',
    'metadata.plan.length',
  ])('%s leads nowhere', (path) => {
    expect(follow(user, path)).toBeUndefined()
  })

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a[',
    'a]',
    'a[x]',
    'a[-1]',
    '[0]',
    'a.[0]',
    "a[?(@.v == 'a')]",
    "a['']",
    'a[*',
  ])('%j is none', (path) => {
    expect(readPath(path)).toBeUndefined()
  })

  it('does not take longer for a longer tail', () => {
    expect(readPath(`a${'['.repeat(200)}`)).toBeUndefined()
    expect(follow({ a: 1 }, `a${'[*]'.repeat(60)}`)).toBeUndefined()
  })
})
