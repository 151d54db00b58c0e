import { chmod, link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { base64url, hex } from '../base/encoding.ts'
import { makeFolder } from '../base/make-folder.ts'
import { ConfigError } from './mistake.ts'

/** The keys that a development server makes for itself on its first run. */
export interface LocalKeys {
  readonly encryptionKey: string
  readonly publishableKey: string
  readonly secretKey: string
  readonly jwtSecret: string
}

const shape = z.object({
  encryptionKey: z.string(),
  publishableKey: z.string(),
  secretKey: z.string(),
  jwtSecret: z.string(),
})

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'where this user may not write',
  EPERM: 'where this user may not write',
  EROFS: 'which can only be read',
  EEXIST: 'which is no folder',
  ENOTDIR: 'which is below a file',
  ENOSPC: 'where no space is left',
}

/** Fresh keys of 256 bits each. */
export function makeKeys(randomBytes: (length: number) => Buffer): LocalKeys {
  return {
    encryptionKey: `${hex(randomBytes(4))}:${randomBytes(32).toString('base64')}`,
    publishableKey: `wwp_${base64url(randomBytes(32))}`,
    secretKey: `wws_${base64url(randomBytes(32))}`,
    jwtSecret: base64url(randomBytes(48)),
  }
}

/**
 * The keys kept in `<dataDir>/keys.json`, made there on the first run. The file is readable by its owner alone; two
 * processes that start together get the same keys.
 * @throws ConfigError when the file is damaged or cannot be written
 */
export async function localKeys(dataDir: string, randomBytes: (length: number) => Buffer): Promise<LocalKeys> {
  const file = join(dataDir, 'keys.json')
  try {
    const kept = await readKept(file)
    if (kept !== undefined) return kept
    await makeFolder(dataDir, 0o700)
    // Whoever commits a whole project must not publish its keys.
    await writeFile(join(dataDir, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined)
    const draft = `${file}.${hex(randomBytes(6))}`
    await writeFile(draft, `${JSON.stringify(makeKeys(randomBytes), null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    // A link appears whole or not at all, and the second of two fails.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    await unlink(draft)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason'
    const problem = `names ${dataDir}, ${reasons[code] ?? `where keys cannot be kept (${code})`}. Choose another folder with --data-dir.`
    throw new ConfigError([{ setting: 'dataDir', problem }])
  }
  const made = await readKept(file)
  if (made === undefined) throw new ConfigError([{ setting: file, problem: 'was made and is gone again.' }])
  return made
}

/** The keys that are there already, without making any. @throws ConfigError when the file is damaged */
export async function keptKeys(dataDir: string): Promise<LocalKeys | undefined> {
  return readKept(join(dataDir, 'keys.json'))
}

async function readKept(file: string): Promise<LocalKeys | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) await chmod(file, 0o600)
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    throw new ConfigError([
      { setting: file, problem: 'is damaged; restore it, or remove it together with the database.' },
    ])
  }
}
