import { hostname } from 'node:os'
import { expect } from 'vitest'

/** What no answer may ever hold: where our code lies, what it says to its database, which machine it runs on. */
const innards: readonly (readonly [string, RegExp])[] = [
  ['a stack', /\bat \S+ \(?\S+:\d+:\d+\)?|Error: .*\n\s+at /],
  ['a file of ours', /node_modules|packages\/server|\/src\/|\.ts:\d+|file:\/\//],
  [
    'SQL',
    /\b(select|insert into|update|delete from)\s+auth\.|syntax error at or near|duplicate key value|violates .* constraint|relation "|column "/i,
  ],
  ['a driver', /\bpg_|PGlite|SQLSTATE|ECONNREFUSED|ENOENT|EACCES/],
  ['a version', /watchword\/\d|node(\.js)?\/\d|hono|express/i],
]

/** Asserts that a text tells nothing about the inside of the server. */
export function expectNoInnards(text: string, what: string): void {
  for (const [name, pattern] of innards) expect(text, `${what} shows ${name}`).not.toMatch(pattern)
  const host = hostname()
  if (host.length > 4) expect(text, `${what} shows the host name`).not.toContain(host)
}
