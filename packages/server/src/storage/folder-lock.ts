import { createHash } from 'node:crypto'
import { mkdir, realpath, unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Makes sure that one process alone uses a folder. The lock is a local socket: it ends with its process however that
 * ends, and what a killed process leaves behind is seen to be dead because nobody answers there.
 * @throws Error with a sentence for the operator when another process holds the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 24)
  const address =
    process.platform === 'win32' ? `\\\\.\\pipe\\watchword-${name}` : join(tmpdir(), `watchword-${name}.sock`)
  if (await answers(address)) {
    throw new Error(`Another Watchword is running on the data folder ${folder}. Stop it, or choose another folder.`)
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
