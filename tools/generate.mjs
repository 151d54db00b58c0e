// Writes the pages under docs/reference/ from the code, or with --check says which of them no longer match it.
// A page is a file tools/generate/<name>.mjs that exports `path` (from the repository root) and `render()`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** The generators of a folder, in the order of their names: `[{ name, path, render }]`. */
export async function generatorsIn(folder) {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^[^.]+\.mjs$/.test(name)) : []
  return Promise.all(
    names.sort().map(async (name) => {
      const { path, render } = await import(pathToFileURL(join(folder, name)).href)
      if (typeof path !== 'string' || typeof render !== 'function') {
        throw new Error(`${name} must export a string "path" and a function "render".`)
      }
      return { name, path, render }
    }),
  )
}

/** Renders every page and answers those whose file differs: `[{ name, path, text }]`. */
export async function differences(generators, base) {
  const pages = await Promise.all(generators.map(async (one) => ({ ...one, text: await one.render() })))
  return pages.filter(({ path, text }) => {
    const file = join(base, path)
    return !existsSync(file) || readFileSync(file, 'utf8') !== text
  })
}

async function main(checkOnly) {
  const stale = await differences(await generatorsIn(join(root, 'tools/generate')), root)
  for (const { name, path, text } of stale) {
    if (checkOnly) console.log(`${path}:1 differs from what ${name} makes of the code; run: npm run generate`)
    else {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
      console.log(`Wrote ${path}`)
    }
  }
  if (checkOnly && stale.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes('--check'))
