import { describe, expect, it } from 'vitest'
import { checkDocstrings } from './docstrings.mjs'
import { source } from './source.mjs'

const src = (path, text) => source(`packages/server/src/${path}`, text)
const complaints = (...files) => checkDocstrings(files).map(({ file, line }) => `${file.split('/src/')[1]}:${line}`)

describe('docstrings', () => {
  it.each([
    'export function a() {}',
    'export async function a() {}',
    'export class A {}',
    'export interface A {}',
    'export const a = () => 1',
    '// no docstring\nexport function a() {}',
    '/** About another. */\nconst b = 1\nexport function a() {}',
  ])('asks one of %j', (text) => expect(complaints(src('base/a.ts', text))).toHaveLength(1))

  it.each([
    '/** What it means. */\nexport function a() {}',
    '/** What it means. */\nexport const a = () => 1',
    'export const limit = 1',
    'export type A = string',
    'function a() {}',
    '/** Both. */\nexport function a(x: string): string\nexport function a(x: number): number\nexport function a(x: never) {\n  return x\n}',
  ])('is content with %j', (text) => expect(complaints(src('core/a/a.ts', text))).toEqual([]))

  it('follows what the entry hands on, and asks nothing of the rest', () => {
    const index = src('index.ts', "export { createWatchword } from './server.ts'")
    const server = src('server.ts', 'export function createWatchword() {}\nexport function inner() {}')
    expect(complaints(index, server)).toEqual(['server.ts:1'])
  })
})
