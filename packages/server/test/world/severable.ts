import { createServer, connect as dial, type Socket } from 'node:net'

/** A way to a server that can be cut, as a network is. */
export interface Severable {
  readonly port: number
  /** Nothing passes any more: what is under way breaks off, and nobody new gets through. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Starts one that leads to a port of this machine. */
export async function startSeverable(to: number): Promise<Severable> {
  const state = { isCut: false }
  const open = new Set<Socket>()
  const server = createServer((near) => {
    if (state.isCut) return void near.destroy()
    const far = dial(to, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the way has no port')
  const breakOff = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: address.port,
    cut() {
      state.isCut = true
      breakOff()
    },
    mend() {
      state.isCut = false
    },
    close() {
      breakOff()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
