import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { makeFolder } from './make-folder.ts'

const aFolder = temporaryFolders()
let folder: string
beforeAll(async () => {
  folder = await aFolder()
})

describe('making a folder', () => {
  it('makes those above it as well, for their owner alone where that is asked for', async () => {
    const deep = join(folder, 'a', 'b', 'c')
    await makeFolder(deep, 0o700)
    for (const path of [deep, join(folder, 'a')])
      expect((await stat(path)).mode & 0o777, path).toBe(process.platform === 'win32' ? 0o666 : 0o700)
  })

  it('is content with one that is there, and makes one that many ask for at once', async () => {
    await makeFolder(folder)
    for (let round = 0; round < 100; round += 1) {
      const deep = join(folder, `x${round}`, 'y', 'z')
      await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)))
      expect((await stat(deep)).isDirectory()).toBe(true)
    }
  })

  it('says why where none can be', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.runIf(process.platform === 'linux')('ends where the system denies a folder that is there', async () => {
    for (const path of ['/proc/watchword', '/proc/watchword/below'])
      await expect(makeFolder(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
