import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const here = dirname(fileURLToPath(import.meta.url))
const packages = join(here, '../..')

/** Both of the versions that this package says it works with. */
export const versions = ['18', '19'] as const
export type Version = (typeof versions)[number]

/** The workspace that has installed it. */
const homes = { '18': join(packages, '../examples/altan-auth'), '19': join(packages, 'react') }

function folderOf(name: string, version: Version): string {
  return dirname(createRequire(join(homes[version], 'package.json')).resolve(`${name}/package.json`))
}

/** One React for everybody in the bundle, and our packages as they stand in the sources. */
function aliases(version: Version): Record<string, string> {
  const own = {
    '@watchword/react': join(packages, 'react/src/index.ts'),
    '@watchword/client/popup': join(packages, 'client/src/popup/index.ts'),
    '@watchword/client/passkeys': join(packages, 'client/src/passkeys/index.ts'),
    '@watchword/client': join(packages, 'client/src/index.ts'),
  }
  const react = ['react', 'react-dom'].map((name) => [name, folderOf(name, version)])
  return { ...own, ...Object.fromEntries(react) }
}

async function open(file: string, version: Version, platform: 'browser' | 'node') {
  return rolldown({
    input: join(here, 'app', file),
    platform,
    resolve: { alias: aliases(version) },
    // Development is where effects run twice.
    transform: {
      define: { 'process.env.NODE_ENV': '"development"' },
      jsx: { runtime: 'automatic', development: false },
    },
    moduleTypes: { '.css': 'empty', '.png': 'dataurl' },
    onLog: () => {},
  })
}

/** An app as a browser loads it: one script. */
export async function bundleApp(file: string, version: Version): Promise<string> {
  const bundle = await open(file, version, 'browser')
  const { output } = await bundle.generate({ format: 'iife' })
  await bundle.close()
  return output[0].code
}

/** A module that Node can load, on a React of choice. */
export async function loadBundled<T>(file: string, version: Version): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'watchword-react-'))
  try {
    const bundle = await open(file, version, 'node')
    const { output } = await bundle.write({ dir: folder, format: 'es', entryFileNames: 'module.mjs' })
    await bundle.close()
    return (await import(/* @vite-ignore */ pathToFileURL(join(folder, output[0].fileName)).href)) as T
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
