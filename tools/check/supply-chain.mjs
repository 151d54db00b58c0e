const registry = 'https://registry.npmjs.org/'
const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const scripts = ['preinstall', 'install', 'postinstall']

function lockFindings(path, entry, at) {
  const found = []
  if (entry.link || !path.includes('node_modules/')) return found
  if (entry.resolved && !entry.resolved.startsWith(registry)) {
    found.push(at(`${path} comes from ${entry.resolved}; only ${registry} is a source`))
  }
  if (!entry.integrity?.startsWith('sha512-')) found.push(at(`${path} has no sha512 integrity; install it anew`))
  if (entry.hasInstallScript) found.push(at(`${path} runs a script on install; choose another package`))
  return found
}

function dependenciesOf(manifest) {
  return { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
}

function manifestFindings({ file, manifest }) {
  return Object.entries(dependenciesOf(manifest))
    .filter(([, version]) => !exactVersion.test(version) && version !== '*' && !version.startsWith('workspace:'))
    .map(([dependency, version]) => ({
      file,
      line: 1,
      message: `${dependency} is asked for as "${version}"; pin one exact version (npm install -E)`,
    }))
}

const reasons = 'docs/dependencies.md'

/** Every dependency has its reason on the page, and the page has no row for one that is gone. */
function reasonFindings(manifests, page) {
  const rows = page.split('\n').filter((row) => row.startsWith('| `'))
  const named = rows.flatMap((row) => [...row.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name))
  const wanted = manifests.flatMap(({ manifest }) => Object.keys(dependenciesOf(manifest)))
  const at = (message) => ({ file: reasons, line: 1, message })
  return [
    ...wanted
      .filter((name) => !named.includes(name))
      .map((name) => at(`${name} has no row; say what it is for and why`)),
    ...named
      .filter((name) => !wanted.includes(name))
      .map((name) => at(`${name} is no dependency any more; take its row out`)),
  ]
}

/**
 * Dependencies come from the registry, pinned and with digests, and none runs code on install.
 * @param lock the parsed package-lock.json.
 * @param manifests our own package.json files: `[{ file, manifest }]`.
 * @param installed package.json files as they lie in node_modules, in the same form.
 * @param page the text of docs/dependencies.md.
 */
export function checkSupplyChain({ lock, manifests, installed, page }) {
  const at = (message) => ({ file: 'package-lock.json', line: 1, message })
  return [
    ...Object.entries(lock.packages).flatMap(([path, entry]) => lockFindings(path, entry, at)),
    ...manifests.flatMap(manifestFindings),
    ...reasonFindings(manifests, page),
    ...installed
      .filter(({ manifest }) => scripts.some((script) => manifest.scripts?.[script]))
      .map(({ file }) => at(`${file} names an install script; choose another package`)),
  ]
}
