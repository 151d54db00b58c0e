// Builds what is stale and says nothing when nothing is: the TypeScript of each package, the files that lie beside the
// server's, and the prepared database that makes a first start fast. `npm ci` runs it (as `prepare`), and so do
// `npm start` and `npm test`.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const server = join(root, 'packages/server')
const source = join(server, 'src')
const output = join(server, 'dist')
const compiler = join(root, 'node_modules/typescript/bin/tsc')
/** Packages that are nothing but TypeScript, each after those it builds on. */
const libraries = ['client', 'react']
const snapshotScript = join(output, 'storage/prepare-snapshot.js')
const snapshot = join(output, 'storage/snapshot.tar.gz')
const stamps = { code: join(output, '.code-stamp'), snapshot: join(output, 'storage/.snapshot-stamp') }

class BuildFailure extends Error {}

function filesUnder(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

const isTest = (file) => /\.test\.tsx?$/.test(file)
const isTypeScript = (file) => /\.tsx?$/.test(file)

function digestOf(files) {
  const hash = createHash('sha256')
  for (const file of files) {
    if (existsSync(file))
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update('\0')
  }
  return hash.digest('hex')
}

function codeDigest() {
  const settings = ['tsconfig.json', 'packages/server/tsconfig.json', 'node_modules/typescript/package.json']
  const sources = filesUnder(source).filter((file) => !isTest(file))
  return digestOf([...settings.map((name) => join(root, name)), ...sources])
}

function snapshotDigest() {
  const pglite = ['node_modules', 'packages/server/node_modules'].map((folder) =>
    join(root, folder, '@electric-sql/pglite/package.json'),
  )
  const makers = ['migrate.js', 'pglite.js'].map((name) => join(output, 'storage', name))
  return digestOf([...pglite, snapshotScript, ...makers, ...filesUnder(join(output, 'storage/migrations'))])
}

/** What a library's output depends on: its own sources and settings, and those of the libraries before it. */
function libraryDigest(name) {
  const before = libraries.slice(0, libraries.indexOf(name) + 1).map((one) => join(root, 'packages', one))
  const settings = ['tsconfig.json', 'node_modules/typescript/package.json'].map((file) => join(root, file))
  const own = before.flatMap((folder) => [join(folder, 'tsconfig.json'), ...filesUnder(join(folder, 'src'))])
  return digestOf([...settings, ...own.filter((file) => !isTest(file))])
}

const libraryStamp = (name) => join(root, 'packages', name, 'dist/.code-stamp')

function buildLibrary(name) {
  const digest = libraryDigest(name)
  if (holds(libraryStamp(name), digest)) return
  console.log(`Building the ${name} package …`)
  rmSync(dirname(libraryStamp(name)), { recursive: true, force: true })
  compile(name)
  const folder = join(root, 'packages', name)
  copyAssets(join(folder, 'src'), join(folder, 'dist'))
  writeFileSync(libraryStamp(name), digest)
}

function holds(stamp, digest) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
}

function compile(name) {
  if (!existsSync(compiler)) throw new BuildFailure('TypeScript is not installed: run `npm ci` first.')
  const run = spawnSync(process.execPath, [compiler, '-p', `packages/${name}`, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new BuildFailure(`${run.stdout}${run.stderr}`.replaceAll(root + sep, ''))
}

/** What lies beside the sources; declarations written by hand too, which no compiler copies. */
const isAsset = (name) => name.endsWith('.d.ts') || (!isTypeScript(name) && !name.endsWith('.md'))

function copyAssets(from, to) {
  for (const file of filesUnder(from).filter(isAsset)) {
    const target = join(to, relative(from, file))
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(file, target)
  }
}

/** Takes away what an earlier build left for sources that are gone, so that no dead migration is ever applied. */
function removeLeftovers() {
  const kept = new Set([snapshot, ...Object.values(stamps)])
  for (const file of filesUnder(output)) {
    if (kept.has(file)) continue
    const asset = join(source, relative(output, file))
    const typescript = ['.ts', '.tsx'].map((ending) => asset.replace(/(\.d\.ts|\.js)$/, ending))
    const hasSource = existsSync(asset) || typescript.some((name) => name !== asset && existsSync(name))
    if (!hasSource || isTest(asset)) rmSync(file)
  }
}

function buildCode() {
  const digest = codeDigest()
  if (holds(stamps.code, digest)) return
  console.log('Building the server …')
  mkdirSync(output, { recursive: true })
  rmSync(stamps.code, { force: true })
  compile('server')
  copyAssets(source, output)
  removeLeftovers()
  writeFileSync(stamps.code, digest)
}

function buildSnapshot() {
  if (!existsSync(snapshotScript)) return
  const digest = snapshotDigest()
  if (existsSync(snapshot) && holds(stamps.snapshot, digest)) return
  console.log('Preparing the embedded database …')
  const call = "import('./packages/server/dist/storage/prepare-snapshot.js').then((module) => module.prepareSnapshot())"
  const run = spawnSync(process.execPath, ['-e', call], { cwd: root, encoding: 'utf8' })
  if (run.status === 0 && existsSync(snapshot)) return writeFileSync(stamps.snapshot, digest)
  const reason = `${run.stdout}${run.stderr}`.replaceAll(root + sep, '')
  throw new BuildFailure(`The embedded database could not be prepared.\n${reason}`)
}

/** True where only a packed or production install runs us: there is nothing to compile with, and nothing to compile. */
function nothingToBuildWith() {
  return process.env.npm_lifecycle_event === 'prepare' && !existsSync(compiler)
}

const isFresh = () =>
  libraries.every((name) => holds(libraryStamp(name), libraryDigest(name))) &&
  holds(stamps.code, codeDigest()) &&
  (!existsSync(snapshotScript) || (existsSync(snapshot) && holds(stamps.snapshot, snapshotDigest())))

if (!nothingToBuildWith() && !isFresh()) {
  try {
    await withLock(join(root, '.cache/build.lock'), () => {
      buildCode()
      buildSnapshot()
      for (const name of libraries) buildLibrary(name)
    })
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error
    console.error(error.message.trim())
    process.exitCode = 1
  }
}
