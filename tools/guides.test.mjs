import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const guides = join(root, 'docs/guides')
const pages = readdirSync(guides).filter((name) => name.endsWith('.md'))
const textOf = (name) => readFileSync(join(guides, name), 'utf8')
const packages = ['client', 'react', 'server']
const read = (path) => readFileSync(join(root, path), 'utf8')
const everything = [
  ...pages.map((name) => [name, textOf(name)]),
  ['README', read('README.md')],
  ...packages.map((name) => [`${name}-README`, read(`packages/${name}/README.md`)]),
]

const benchIn = (name) => join(root, 'packages', name, '.cache/guides')
afterAll(() => {
  for (const name of ['react', 'server']) rmSync(benchIn(name), { recursive: true, force: true })
})

/** What the compiler says of blocks. @param name the package below which they lie, so that what they may import is found */
async function compiled(name, blocks, options) {
  const bench = benchIn(name)
  mkdirSync(bench, { recursive: true })
  for (const { file, code } of blocks) writeFileSync(join(bench, file), `${code}\nexport {}\n`)
  const compilerOptions = {
    ...{ noEmit: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2023', skipLibCheck: true },
    ...{ lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'], jsx: 'react-jsx' },
    ...{ paths: Object.fromEntries(brought.map(([name, , file]) => [name, [`./${file}`]])), ...options },
  }
  writeFileSync(join(bench, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', bench]).catch((error) => error)
  return stdout
}

/** Blocks of a page in these languages. What has a word after its language is run by a test of its own. */
const blocksIn = ([page, text], languages) =>
  [...text.matchAll(new RegExp(`^\`\`\`(${languages})\\n(.*?)^\`\`\`$`, 'gms'))].map(([, kind, code], at) => ({
    file: `${page.replace('.md', '')}-${at + 1}.${kind}`,
    code,
  }))

/** What the pages import and no package of ours has: the runner of browser tests, and what a phone's app has. */
const brought = [
  [
    '@playwright/test',
    `export type { Page } from 'playwright-core'
export declare function expect(found: import('playwright-core').Locator): { toBeVisible(): Promise<void> }`,
    'runner.d.ts',
  ],
  [
    '@react-native-async-storage/async-storage',
    `declare const storage: {
  getItem(key: string, done?: (error?: Error | null, value?: string | null) => void): Promise<string | null>
  setItem(key: string, value: string, done?: (error?: Error | null) => void): Promise<void>
  removeItem(key: string, done?: (error?: Error | null) => void): Promise<void>
}
export default storage`,
    'async-storage.d.ts',
  ],
  [
    'react-native',
    `export declare const Linking: {
  addEventListener(type: 'url', handler: (event: { url: string }) => void): { remove(): void }
  openURL(url: string): Promise<unknown>
}`,
    'react-native.d.ts',
  ],
]

/** What the pages import beside packages of ours, and a file that a page told before. */
function neighbours(blocks) {
  const made = blocks.find(({ code }) => /export .*function codeFor/.test(code))?.file
  return [
    ...brought.map(([, code, file]) => ({ file, code })),
    { file: 'testing.ts', code: `export * from './${made?.replace(/\.ts$/, '')}'` },
  ]
}

/** Whether there is such a file, with such a heading. */
function leadsTo(path, heading) {
  if (!existsSync(join(root, path))) return false
  if (heading === undefined) return true
  const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, words]) => words.toLowerCase())
  return headings.some((words) => words.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-') === heading)
}

describe('the packages', () => {
  it('bring a page about themselves and the license', () => {
    for (const name of packages) expect(read(`packages/${name}/LICENSE`)).toBe(read('LICENSE'))
  })
})

describe('the guides', () => {
  it('name settings that exist', () => {
    const known = readFileSync(join(root, 'docs/reference/settings.md'), 'utf8')
    const isKnown = (name) =>
      known.includes(`\`${name.replace(/_PROVIDERS_(GOOGLE|GITHUB)_/, '_PROVIDERS_<PROVIDER>_')}\``)
    const said = everything.flatMap(([page, text]) =>
      [...text.matchAll(/WATCHWORD_[A-Z_]*[A-Z]\b/g)].map(([name]) => [page, name]),
    )
    expect(said.filter(([, name]) => !isKnown(name))).toEqual([])
  })

  it('lead somewhere', () => {
    const paths = [
      ...[
        'README.md',
        'CONTRIBUTING.md',
        'SECURITY.md',
        'examples/README.md',
        'docs/architecture.md',
        'docs/glossary.md',
      ],
      ...packages.map((name) => `packages/${name}/README.md`),
      ...pages.map((name) => `docs/guides/${name}`),
    ]
    const dead = paths.flatMap((path) =>
      [...read(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
        .filter(([, to, heading]) => !leadsTo(to === '' ? path : join(dirname(path), to), heading))
        .map(([link]) => `${path}: ${link}`),
    )
    expect(dead).toEqual([])
  })

  it('have JSON that can be read, and set variables of our style sheet', () => {
    for (const { code } of everything.flatMap((page) => blocksIn(page, 'json')))
      expect(() => JSON.parse(code)).not.toThrow()
    const known = readFileSync(join(root, 'packages/react/src/styles.css'), 'utf8')
    const set = everything
      .flatMap((page) => blocksIn(page, 'css'))
      .flatMap(({ code }) => code.match(/--ww-[\w-]+/g) ?? [])
    expect(set.length).toBeGreaterThan(0)
    expect(set.filter((name) => !known.includes(`var(${name},`))).toEqual([])
  })

  it('have code that compiles', async () => {
    const blocks = everything.flatMap((page) => blocksIn(page, 'tsx?'))
    expect(await compiled('react', [...blocks, ...neighbours(blocks)], { strict: true })).toBe('')
    // Plain JavaScript says less of what it knows.
    const plain = everything.flatMap((page) => blocksIn(page, 'js'))
    expect(await compiled('server', plain, { allowJs: true, checkJs: true, strict: false })).toBe('')
  })
})
