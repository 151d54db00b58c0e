import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { atExit } from '../set-up/at-exit.ts'

/** An empty folder, and what removes it; the end of the process does where nobody has. */
export async function temporaryFolder(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'watchword-test-'))
  const forget = atExit(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
      forget()
    },
  }
}

/**
 * Empty folders for a file of tests, or for the `describe` it is called in: they go when its last test has ended, however
 * that ended. Call it before the first hook, so that the folders go after what works in them has been closed.
 */
export function temporaryFolders(): () => Promise<string> {
  const made: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const remove of made.splice(0)) await remove()
  })
  return async () => {
    const { folder, remove } = await temporaryFolder()
    made.push(remove)
    return folder
  }
}
