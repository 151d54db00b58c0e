import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { examplesIn, undocumented } from './examples.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = ['client', 'react']

// Below a package, so that what it may import is found.
const bench = join(root, 'packages/react/.cache/examples')
afterAll(() => rmSync(bench, { recursive: true, force: true }))

const sources = packages.flatMap((name) => {
  const folder = join(root, 'packages', name, 'src')
  return readdirSync(folder, { recursive: true })
    .filter((path) => /\.tsx?$/.test(path) && !/\.(test|d)\.tsx?$/.test(path))
    .map((path) => ({ path: join('packages', name, 'src', path), text: readFileSync(join(folder, path), 'utf8') }))
})

/** What examples take for granted: a client and its friends, and an app around them. */
const surroundings = readFileSync(new URL('./examples.d.ts', import.meta.url), 'utf8')

/** What each entry hands on that is there at run time. */
const places = new Map(
  sources
    .filter(({ path }) => /src\/(?:[\w-]+\/)?index\.tsx?$/.test(path))
    .flatMap(({ path, text }) => {
      const [, name, room] = /^packages\/(\w+)\/src\/(?:([\w-]+)\/)?index/.exec(path) ?? []
      const entry = ['@watchword', name, room].filter(Boolean).join('/')
      const handedOn = [...text.matchAll(/^export \{([^}]*)\}/gms)].flatMap(([, names]) => names.split(','))
      const words = handedOn.map((one) => one.trim()).filter((one) => one !== '' && !one.startsWith('type '))
      return words.map((word) => [word, entry])
    }),
)

/** Imports of what an example uses and does not make itself. */
function importsOf(code) {
  const used = [...places].filter(([word]) => new RegExp(`(?<![.\\w])${word}\\b`).test(code))
  return used.map(([word, entry]) => `import { ${word} } from '${entry}'\n`).join('')
}

describe('what the packages offer', () => {
  it('is documented, and what can be called has an example', () => {
    expect(undocumented(sources)).toEqual([])
  })

  it('has examples that compile', async () => {
    const examples = sources.flatMap(examplesIn)
    expect(examples.length).toBeGreaterThan(90)
    mkdirSync(bench, { recursive: true })
    writeFileSync(join(bench, 'surroundings.d.ts'), surroundings)
    for (const { name, code } of examples) writeFileSync(join(bench, name), `${importsOf(code)}${code}\nexport {}\n`)
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2023' },
      ...{ skipLibCheck: true, lib: ['es2023', 'dom', 'dom.iterable'], types: ['node', 'react'], jsx: 'react-jsx' },
    }
    writeFileSync(join(bench, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const said = await promisify(execFile)(process.execPath, [compiler, '-p', bench]).catch(({ stdout }) => ({
      stdout,
    }))
    expect(said.stdout).toBe('')
  })
})

describe('the reader of examples', () => {
  const inside = (text) => ({ path: 'packages/client/src/index.ts', text })

  it('finds what has no words and no example', () => {
    const text = `export interface Room {
  /** Goes in. */
  enter(): void
  leave(): void
  readonly size: number
}
/** Makes one. */
export function createRoom(): Room { return never }`
    expect(undocumented([inside(text)])).toEqual([
      'packages/client/src/index.ts: Room needs a docstring',
      'packages/client/src/index.ts: Room.enter needs an example',
      'packages/client/src/index.ts: Room.leave needs a docstring',
      'packages/client/src/index.ts: createRoom needs an example',
    ])
  })

  it('looks into the groups of an interface', () => {
    const text = `/** A house. */
export interface House {
  readonly door: {
    /** Opens it. */
    open(): void
  }
}`
    expect(undocumented([inside(text)])).toEqual(['packages/client/src/index.ts: House.door.open needs an example'])
  })

  it('takes an example up to the next tag, without its frame', () => {
    const text = `/**
 * Makes one.
 * @example
 * const room = createRoom()
 * if (room) {
 *   room.enter()
 * }
 * @throws Error
 */
export function createRoom() {}`
    expect(examplesIn(inside(text))).toEqual([
      {
        of: 'createRoom',
        name: 'packages-client-src-index-1.ts',
        code: 'const room = createRoom()\nif (room) {\n  room.enter()\n}',
      },
    ])
  })
})
