import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { rolldown } from 'rolldown'
import { packedFiles, wrongTypes } from './resolved-types.mjs'

/** What an app has anyway, and what is weighed by itself. */
const aside = [
  'react',
  'react/jsx-runtime',
  '@watchword/client',
  '@watchword/client/passkeys',
  '@watchword/client/popup',
]

/** What a browser may have to load, in bytes, minified and compressed. */
export const budgets = [
  { package: 'client', imports: '{ createClient }', from: 'dist/index.js', most: 10_000 },
  { package: 'client', imports: '{ createPasskeys }', from: 'dist/passkeys/index.js', most: 3_000 },
  { package: 'client', imports: '{ createPopup }', from: 'dist/popup/index.js', most: 3_000 },
  { package: 'client', imports: '{ createSso }', from: 'dist/sso/index.js', most: 1_500 },
  { package: 'client', imports: '{ createAccount }', from: 'dist/account/index.js', most: 1_800 },
  {
    package: 'client',
    imports: '{ createWallets, ethereumWallet, solanaWallet }',
    from: 'dist/wallets/index.js',
    most: 1_900,
  },
  { package: 'client', imports: '{ createAccessKeys }', from: 'dist/access-keys/index.js', most: 1_400 },
  { package: 'client', imports: '{ createUserEvents }', from: 'dist/events/index.js', most: 1_900 },
  { package: 'react', imports: '{ AuthProvider, useAuth }', from: 'dist/index.js', external: aside, most: 4_000 },
  { package: 'react', imports: '*', from: 'dist/index.js', external: aside, most: 8_000 },
]

/** Our packages that others install. */
export const published = ['client', 'react', 'server']

/**
 * What an import weighs: bundled with nothing but what it needs, minified, compressed.
 * @param code a module, as an app would write it
 * @param external packages that the app has anyway
 */
export async function weigh(code, external = []) {
  const entry = '\0entry'
  const bundle = await rolldown({
    input: entry,
    external,
    // `use client` means nothing to whoever only weighs.
    onLog: () => {},
    plugins: [
      { name: 'entry', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? code : null) },
    ],
  })
  const { output } = await bundle.generate({ format: 'es', minify: true })
  await bundle.close()
  return gzipSync(output.map((chunk) => chunk.code ?? '').join(''), { level: 9 }).length
}

async function overweight(root, budget) {
  const file = join(root, 'packages', budget.package, budget.from)
  const bytes = await weigh(`export ${budget.imports} from ${JSON.stringify(file)}`, budget.external)
  if (bytes <= budget.most) return []
  const what = `${budget.imports} of ${budget.package} weighs ${bytes} bytes compressed`
  return [`packages/${budget.package}/package.json:1 ${what}, ${budget.most} is the most; take something out`]
}

async function faultsOf(root, name) {
  const pkgDir = join(root, 'packages', name)
  const pkg = JSON.parse(readFileSync(join(pkgDir, 'package.json'), 'utf8'))
  const { messages } = await publint({ pkgDir, strict: true, pack: false })
  const wrong = await wrongTypes(packedFiles(pkgDir))
  const said = messages.map((message) => formatMessage(message, pkg, { color: false }))
  return [...said, ...wrong].map((what) => `packages/${name}/package.json:1 ${what}`)
}

/** What others install is complete and says so rightly, and what browsers load is small. */
export async function checkPackages(root) {
  const faults = await Promise.all(published.map((name) => faultsOf(root, name)))
  const weights = await Promise.all(budgets.map((budget) => overweight(root, budget)))
  return [...faults, ...weights].flat()
}
