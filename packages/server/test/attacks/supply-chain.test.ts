import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = new URL('../../../../', import.meta.url)
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), 'utf8')

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

interface Manifest {
  readonly name?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const lock = JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> }
const manifests = ['package.json', 'packages/server/package.json'].map((path) => JSON.parse(read(path)) as Manifest)

describe('supply chain', () => {
  it('S135 every package comes from the registry with a digest', () => {
    for (const [path, { resolved, integrity, link }] of Object.entries(lock.packages)) {
      if (!path.includes('node_modules/') || link === true) continue
      // Absent means the registry that is configured; the digest holds wherever it comes from.
      if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//)
      expect(integrity, path).toMatch(/^sha512-/)
    }
  })

  it('S135 what ships runs nothing when it is installed', () => {
    const scripted = Object.entries(lock.packages).filter(
      ([path, { hasInstallScript }]) => path.includes('node_modules/') && hasInstallScript === true,
    )
    expect(scripted.map(([path]) => path)).toEqual([])
    for (const { scripts = {} } of manifests.slice(1))
      for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name)
  })

  it('S135 every direct dependency is one exact version', () => {
    for (const { dependencies = {}, devDependencies = {}, name } of manifests)
      for (const [what, version] of Object.entries({ ...dependencies, ...devDependencies }))
        expect(version, `${name ?? ''} ${what}`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
  })

  it('S135 libraries that read what strangers write are listed as risky', () => {
    const list = read('docs/dependencies.md')
    for (const name of ['jose', 'nodemailer', '@node-rs/argon2', '@node-rs/bcrypt'])
      expect(
        list.split('\n').find((line) => line.startsWith(`| \`${name}\``)),
        name,
      ).toMatch(/risky, pinned/)
    for (const { dependencies = {} } of manifests)
      for (const name of Object.keys(dependencies)) expect(list, name).toContain(`\`${name}\``)
  })

  it('S135 CI installs what the lock file says and fails on what is known at "high"', () => {
    expect(read('.ci/run')).toMatch(/^npm ci$/m)
    expect(JSON.parse(read('package.json'))).toMatchObject({ scripts: { audit: 'npm audit --audit-level=high' } })
    expect(existsSync(fileURLToPath(new URL('package-lock.json', root)))).toBe(true)
  })
})
