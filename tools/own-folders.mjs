import { rmSync } from 'node:fs'

/**
 * A vitest reporter that removes the folders in which vitest keeps what it has compiled for this run: it does so itself
 * where a run ends in order, not where it is stopped, nor what a test asks for while all is being closed.
 */
export class OwnFolders {
  onInit(vitest) {
    process.once('exit', () => {
      for (const { tmpDir } of [vitest.getRootProject(), ...vitest.projects])
        rmSync(tmpDir, { recursive: true, force: true })
    })
    for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  }
}
