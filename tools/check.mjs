// Everything a machine can say about the code without running it. `npm run check` does all of it; names after it pick
// single parts: `npm run check -- floors words`.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkAmbient } from './check/ambient.mjs'
import { checkConstantTime } from './check/constant-time.mjs'
import { checkDocstrings } from './check/docstrings.mjs'
import { checkFloors } from './check/floors.mjs'
import { checkPackages } from './check/packages.mjs'
import { checkShape } from './check/shape.mjs'
import { source } from './check/source.mjs'
import { checkSupplyChain } from './check/supply-chain.mjs'
import { capFile, checkSuppressions } from './check/suppressions.mjs'
import { checkWords } from './check/words.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function run(file, args) {
  return new Promise((resolve) => {
    const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`.replaceAll(root + sep, '').trim() })
    })
  })
}

const node = (...args) => run(process.execPath, args)

/** What git knows or would take: ignored files are nobody's business here. */
async function projectFiles() {
  const listed = await run('git', ['ls-files', '-co', '--exclude-standard'])
  const paths = listed.ok ? listed.output.split('\n') : walkFolder(root)
  return paths
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => source(path, readFileSync(join(root, path), 'utf8')))
}

function walkFolder(folder) {
  const left = new Set(['node_modules', 'dist', '.next', '.git', '.cache', '.watchword', 'coverage'])
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return left.has(entry.name) ? [] : walkFolder(path)
    return entry.isFile() ? [relative(root, path).split(sep).join('/')] : []
  })
}

async function suppressionCaps() {
  const read = (text) => JSON.parse(text).most
  const most = read(readFileSync(join(root, capFile), 'utf8'))
  const log = await run('git', ['log', '--format=%H', '--', capFile])
  const commits = log.ok ? log.output.split('\n').filter(Boolean) : []
  const earlier = await Promise.all(commits.map((commit) => run('git', ['show', `${commit}:${capFile}`])))
  const lowest = Math.min(most, ...earlier.filter(({ ok }) => ok).map(({ output }) => read(output)))
  return { most, lowest }
}

function readManifest(file) {
  return { file, manifest: JSON.parse(readFileSync(join(root, file), 'utf8')) }
}

function supplyChainInput(files) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const manifests = files
    .map(({ path }) => path)
    .filter((path) => /^((packages|examples)\/[^/]+\/)?package\.json$/.test(path))
  const installed = Object.keys(lock.packages)
    .filter((path) => path.includes('node_modules/'))
    .map((path) => `${path}/package.json`)
    .filter((path) => existsSync(join(root, path)))
  const page = files.find(({ path }) => path === 'docs/dependencies.md')?.text ?? ''
  return { lock, manifests: manifests.map(readManifest), installed: installed.map(readManifest), page }
}

async function tool(...args) {
  const { ok, output } = await node(...args)
  return ok ? [] : [output]
}

const bin = (path) => join(root, 'node_modules', path)
const typesOf = (place) => tool(bin('typescript/bin/tsc'), '-p', place, '--pretty', 'false')

/** Packages for browsers: their sources and tests know the web's types, so each is checked by itself, in all its ways. */
function typedApart() {
  const places = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`)
  return places
    .filter((place) => existsSync(join(root, place)))
    .flatMap((place) => readdirSync(join(root, place)).map((file) => `${place}/${file}`))
    .filter((path) => /\/tsconfig[^/]*\.json$/.test(path))
}

/** Each part answers with the lines to print; none means that all is well. */
const parts = {
  types: async () => (await Promise.all(['.', ...typedApart()].map(typesOf))).flat(),
  format: () => tool(bin('@biomejs/biome/bin/biome'), 'check', '.', '--max-diagnostics=100', '--error-on-warnings'),
  unused: () => tool(bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints'),
  generated: async () => {
    const built = await tool('tools/build.mjs')
    return built.length > 0 ? built : tool('tools/generate.mjs', '--check')
  },
  packages: async () => {
    const built = await tool('tools/build.mjs')
    return built.length > 0 ? built : checkPackages(root)
  },
  'supply-chain': (files) => checkSupplyChain(supplyChainInput(files)),
  suppressions: async (files) => checkSuppressions(files, await suppressionCaps()),
  words: checkWords,
  floors: checkFloors,
  shape: checkShape,
  ambient: checkAmbient,
  'constant-time': checkConstantTime,
  docstrings: checkDocstrings,
}

const print = (line) => (typeof line === 'string' ? line : `${line.file}:${line.line} ${line.message}`)

async function runPart(name, files) {
  const started = performance.now()
  try {
    const lines = await parts[name](files)
    return { name, lines: lines.map(print), took: performance.now() - started }
  } catch (error) {
    return { name, lines: [`could not run: ${error.stack}`], took: performance.now() - started }
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`There is no check called ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`)
  process.exit(2)
}
const files = await projectFiles()
const results = await Promise.all((wanted.length > 0 ? wanted : Object.keys(parts)).map((name) => runPart(name, files)))
for (const { name, lines, took } of results) {
  const verdict = lines.length === 0 ? 'ok' : 'FAILED'
  console.log(`${name.padEnd(14)} ${verdict.padEnd(6)} ${(took / 1000).toFixed(1)} s`)
  for (const line of lines) console.log(line.replace(/^/gm, '  '))
}
const failed = results.filter(({ lines }) => lines.length > 0)
if (failed.length > 0) process.exitCode = 1
console.log(`${results.length - failed.length} checks passed, ${failed.length} failed`)
