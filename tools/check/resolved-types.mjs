import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { checkPackage, Package } from '@arethetypeswrong/core'
import { problemAffectsResolutionKind, problemKindInfo } from '@arethetypeswrong/core/problems'

/** How an app may find us: from an ES module in Node, and by a bundler. We have no CommonJS to be found. */
const ways = ['node16-esm', 'bundler']

/** What lies in a package that is installed: its manifest and what was built. */
export function packedFiles(folder) {
  const built = readdirSync(join(folder, 'dist'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(js|ts|css)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  const files = [join(folder, 'package.json'), ...built]
  return Object.fromEntries(
    files.map((file) => [relative(folder, file).split(sep).join('/'), readFileSync(file, 'utf8')]),
  )
}

/**
 * Whether the types that a compiler finds are those of the code that runs.
 * @param files texts by path within the package; `package.json` among them
 * @returns what is wrong, one line each
 */
export async function wrongTypes(files) {
  const { name, version } = JSON.parse(files['package.json'])
  const placed = Object.entries(files).map(([path, text]) => [`/node_modules/${name}/${path}`, text])
  const result = await checkPackage(new Package(Object.fromEntries(placed), name, version), {
    excludeEntrypoints: [/\.css$/],
  })
  if (result.types === false) return [`${name} has no types`]
  return result.problems
    .filter((problem) => ways.some((way) => problemAffectsResolutionKind(problem, way, result)))
    .map((problem) => `${problemKindInfo[problem.kind].shortDescription}: ${JSON.stringify(problem)}`)
}
