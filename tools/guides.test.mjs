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
const everything = [
  ...pages.map((name) => [name, textOf(name)]),
  ['README', readFileSync(join(root, 'README.md'), 'utf8')],
  ['react-README', readFileSync(join(root, 'packages/react/README.md'), 'utf8')],
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
    ...{ paths: { '@playwright/test': ['./runner.d.ts'] }, ...options },
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

/** What the pages import and no package of ours has: the runner of browser tests, and a file that a page told before. */
function neighbours(blocks) {
  const made = blocks.find(({ code }) => /export .*function codeFor/.test(code))?.file
  const runner = `export type { Page } from 'playwright-core'
export declare function expect(found: import('playwright-core').Locator): { toBeVisible(): Promise<void> }`
  return [
    { file: 'runner.d.ts', code: runner },
    { file: 'testing.ts', code: `export * from './${made?.replace(/\.ts$/, '')}'` },
  ]
}

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
    const dead = pages.flatMap((name) =>
      [...textOf(name).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, to]) => to)
        .filter((to) => !existsSync(join(guides, dirname(name), to)))
        .map((to) => `${name}: ${to}`),
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
