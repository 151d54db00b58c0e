import { describe, expect, it } from 'vitest'
import { checkSupplyChain } from './supply-chain.mjs'

const good = { version: '1.0.0', integrity: 'sha512-abc' }
const row = '| `a` | what for |'
const complaints = ({ entry = good, manifest = { dependencies: { a: '1.0.0' } }, installed = {}, page = row }) =>
  checkSupplyChain({
    lock: {
      packages: { '': {}, 'packages/server': {}, 'node_modules/watchword': { link: true }, 'node_modules/a': entry },
    },
    manifests: [{ file: 'package.json', manifest }],
    installed: [{ file: 'node_modules/a/package.json', manifest: installed }],
    page,
  }).map(({ message }) => message)

describe('supply chain', () => {
  it('is content with pinned packages of the registry', () => {
    const resolved = 'https://registry.npmjs.org/a/-/a-1.0.0.tgz'
    expect(complaints({ entry: { ...good, resolved }, manifest: { dependencies: { a: '1.0.0' } } })).toEqual([])
  })

  it.each([
    [{ entry: { ...good, resolved: 'git+ssh://git@example.test/a.git' } }, 'comes from git'],
    [{ entry: { ...good, resolved: 'https://example.test/a.tgz' } }, 'comes from https://example.test'],
    [{ entry: { ...good, integrity: undefined } }, 'no sha512'],
    [{ entry: { ...good, integrity: 'sha1-abc' } }, 'no sha512'],
    [{ entry: { ...good, hasInstallScript: true } }, 'runs a script on install'],
    [{ installed: { scripts: { postinstall: 'node x' } } }, 'names an install script'],
    [{ page: '' }, 'a has no row'],
    [{ page: `${row}\n| \`b\` | gone |` }, 'b is no dependency any more'],
    [{ manifest: { dependencies: { a: '^1.0.0' } } }, 'pin one exact version'],
    [{ manifest: { devDependencies: { a: 'github:a/a' } } }, 'pin one exact version'],
  ])('stops %j', (input, why) => expect(complaints(input)).toEqual([expect.stringContaining(why)]))
})
