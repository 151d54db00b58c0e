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
]

// Below a package, so that what it may import is found.
const bench = join(root, 'packages/react/.guides')
afterAll(() => rmSync(bench, { recursive: true, force: true }))

/** Blocks of a page that a compiler can read by itself. */
function blocksOf(name) {
  return [...textOf(name).matchAll(/^```(tsx?)\n(.*?)^```$/gms)]
    .map(([, kind, code], at) => ({ file: `${name.replace('.md', '')}-${at + 1}.${kind}`, code }))
    .filter(({ code }) => !code.includes("'@playwright/test'"))
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

  it('have code that compiles', async () => {
    mkdirSync(bench, { recursive: true })
    for (const { file, code } of pages.flatMap(blocksOf)) writeFileSync(join(bench, file), `${code}\nexport {}\n`)
    const compilerOptions = {
      ...{
        strict: true,
        noEmit: true,
        module: 'esnext',
        moduleResolution: 'bundler',
        target: 'es2023',
        skipLibCheck: true,
      },
      ...{ lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'], jsx: 'react-jsx' },
    }
    writeFileSync(join(bench, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const said = await promisify(execFile)(process.execPath, [compiler, '-p', bench]).catch(({ stdout }) => ({
      stdout,
    }))
    expect(said.stdout).toBe('')
  })
})
