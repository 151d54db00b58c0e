import { createServer } from 'node:net'

// Below the ports that systems give to connections going out, any of which may take a port between the look and the use.
// Each process looks in a part of its own first, so that two do not find the same.
const [lowest, parts, each] = [20_000, 60, 200] as const
const given = { count: process.pid % 7 }

/** A port of 127.0.0.1 that nobody listens on, and that this process has not been given lately. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < parts * each; tries += 1) {
    const place = (process.pid % parts) * each + given.count
    given.count += 1
    const port = lowest + (place % (parts * each))
    if (await isFree(port)) return port
  }
  throw new Error('every port is taken')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
