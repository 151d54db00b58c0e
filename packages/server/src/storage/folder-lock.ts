import { createHash } from 'node:crypto'
import { realpath, unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../base/make-folder.ts'
import { OperatorError } from '../base/operator-error.ts'

/**
 * Makes sure that one process alone uses a folder. The lock is a local socket: it ends with its process however that
 * ends, and what a killed process leaves behind is seen to be dead because nobody answers there.
 * @throws OperatorError when another process holds the folder, or it cannot be written to.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await makeFolder(folder).catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(
      `The data folder ${folder} cannot be written to (${error.code}). Give this user the right, or choose another folder with --data-dir.`,
    )
  })
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 24)
  const address =
    process.platform === 'win32' ? `\\\\.\\pipe\\watchword-${name}` : join(tmpdir(), `watchword-${name}.sock`)
  if (await answers(address)) {
    throw new OperatorError(
      `Another Watchword is running on the data folder ${folder}. Stop it, or choose another folder with --data-dir.`,
    )
  }
  if (process.platform !== 'win32') await unlink(address).catch(() => undefined)
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, resolve)
  })
  server.unref()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
