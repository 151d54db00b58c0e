import { describe, expect, it } from 'vitest'
import { checkFloors } from './floors.mjs'
import { source } from './source.mjs'

const complaints = (path, text) =>
  checkFloors([source(`packages/server/src/${path}`, text)]).map(({ message }) => message)

describe('floors', () => {
  it.each([
    ['base/digest.ts', "import { x } from './encoding.ts'"],
    ['storage/migrate.ts', "import { x } from './postgres.ts'\nimport { y } from '../base/errors.ts'"],
    ['core/sessions/rotate.ts', "import { x } from './session.ts'\nimport type { User } from '../users/user.ts'"],
    ['core/sessions/rotate.ts', "import { type User, type Row } from '../users/user.ts'"],
    ['core/core.ts', "import { createUsers } from './users/users.ts'"],
    [
      'flows/sign-in/with-password.ts',
      "import { open } from '../session/open.ts'\nimport { a } from '../attempt/begin.ts'",
    ],
    [
      'gate/bearer.ts',
      "import { x } from '../http/cookies.ts'\nimport type { Outcome } from '../flows/session/open.ts'",
    ],
    ['dialects/nhost/token.ts', "import { x } from '../../flows/session/refresh.ts'\nimport { Hono } from 'hono'"],
    ['server.ts', "import { x } from './dialects/nhost/routes.ts'\nimport { y } from './main.ts'"],
    ['flows/sign-in/a.test.ts', "import { x } from '../../dialects/nhost/routes.ts'"],
    ['storage/postgres.ts', "import pg from 'pg'"],
  ])('lets %s import %s', (path, text) => expect(complaints(path, text)).toEqual([]))

  it.each([
    ['base/digest.ts', "import type { Core } from '../core/core.ts'", 'goes up from base to core'],
    ['storage/pglite.ts', "import { x } from '../http/cookies.ts'", 'takes code from its neighbour http'],
    ['core/sessions/rotate.ts', "import { find } from '../users/users.ts'", 'takes code from its neighbour core/users'],
    [
      'core/sessions/rotate.ts',
      "import { createCore } from '../core.ts'",
      'takes code from its neighbour core/core.ts',
    ],
    ['core/users/users.ts', "import type { Route } from '../../http/route.ts'", 'brings HTTP into core'],
    ['core/users/users.ts', "const x = await import('../../flows/session/open.ts')", 'goes up from core to flows'],
    ['flows/sign-in/a.ts', "import { b } from '../sign-up/b.ts'", 'takes code from its neighbour flows/sign-up'],
    ['flows/sign-in/a.ts', "import { b } from '../../gate/bearer.ts'", 'takes code from its neighbour gate'],
    [
      'dialects/nhost/token.ts',
      "export { x } from '../supabase/token.ts'",
      'takes code from its neighbour dialects/supabase',
    ],
    ['dialects/nhost/token.ts', "import { x } from '../../server.ts'", 'goes up from dialects to roof'],
    ['core/users/users.ts', "import { x } from '#src/core/users/user.ts'", 'is a short cut for tests'],
    ['core/users/users.ts', "import { x } from '../../../test/world/a.ts'", 'reaches out of src'],
    ['core/users/users.ts', "import pg from 'pg'", 'uses pg in core'],
    ['flows/oauth/a.ts', "import { Hono } from 'hono'", 'uses hono in flows'],
  ])('stops %s at %s', (path, text, why) => expect(complaints(path, text)).toEqual([expect.stringContaining(why)]))

  it('names the line of the import', () => {
    const file = source(
      'packages/server/src/base/a.ts',
      "import { a } from 'node:fs'\n\nimport { b } from '../main.ts'\n",
    )
    expect(checkFloors([file])).toEqual([expect.objectContaining({ file: 'packages/server/src/base/a.ts', line: 3 })])
  })
})
