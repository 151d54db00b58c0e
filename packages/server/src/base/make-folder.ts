import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder, and those above it that are missing. `mkdir` of Node does not end where a file system has the folder above
 * and says that it has not, as Linux' `/proc` does.
 * @param path absolute
 * @param mode of those that are made. Default what the process makes
 * @throws the error of the file system: EACCES, EPERM, EROFS, ENOENT, ENOTDIR, EEXIST for a file in its place
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const missing = await mkdir(path, { mode }).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  )
  if (missing === undefined) return
  if (missing.code === 'EEXIST' && (await stat(path)).isDirectory()) return
  const above = dirname(path)
  if (missing.code !== 'ENOENT' || above === path) throw missing
  // Where the folder above is there by now, another process has just made it, or the file system denies it a second time.
  if (!(await isThere(above))) await makeFolder(above, mode)
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    // Another process was quicker.
    if (error.code !== 'EEXIST') throw error
  })
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
