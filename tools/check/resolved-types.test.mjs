import { expect, it } from 'vitest'
import { wrongTypes } from './resolved-types.mjs'

const manifest = (more = {}) =>
  JSON.stringify({
    name: 'a',
    version: '1.0.0',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    ...more,
  })
const good = {
  'package.json': manifest(),
  'dist/index.js': 'export const a = 1\n',
  'dist/index.d.ts': 'export declare const a: number\n',
}

it('is content with types that are those of the code', async () => {
  expect(await wrongTypes(good)).toEqual([])
})

it.each([
  [
    'types of CommonJS beside an ES module',
    {
      'package.json': manifest({ exports: { '.': { types: './dist/index.d.cts', default: './dist/index.js' } } }),
      'dist/index.d.cts': 'export declare const a: number\n',
    },
  ],
  ['an import that leads nowhere', { 'dist/index.d.ts': "export { a } from './b.js'\n" }],
  [
    'an entry without types',
    {
      'package.json': manifest({ exports: { '.': './dist/index.js', './b': './dist/b.js' } }),
      'dist/b.js': 'export const b = 1\n',
    },
  ],
])('complains of %s', async (_, files) => {
  expect(await wrongTypes({ ...good, ...files })).not.toEqual([])
})
