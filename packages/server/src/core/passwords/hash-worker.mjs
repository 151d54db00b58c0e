// The hashing thread. Plain JavaScript, because a thread is started from a file as it lies on the disk.
import { createRequire } from 'node:module'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'

// What only imported hashes need is loaded when the first one comes, and nothing is imported that can be required: each
// thread is 10 MB smaller for it.
const load = createRequire(import.meta.url)
const { hashRawSync } = load('@node-rs/argon2')
const algorithms = { argon2i: 1, argon2id: 2 }

const compute = {
  argon2: (work) =>
    hashRawSync(work.password, {
      algorithm: algorithms[work.variant],
      memoryCost: work.memoryKiB,
      timeCost: work.passes,
      parallelism: work.lanes,
      outputLen: work.length,
      salt: work.salt,
    }),
  bcrypt: (work) => Uint8Array.of(load('@node-rs/bcrypt').verifySync(work.password, work.text) ? 1 : 0),
  scrypt: (work) =>
    load('node:crypto').scryptSync(work.password, work.salt, work.length, {
      N: work.cost,
      r: work.blockSize,
      p: work.lanes,
      maxmem: 256 * work.cost * work.blockSize,
    }),
  pbkdf2: (work) => load('node:crypto').pbkdf2Sync(work.password, work.salt, work.iterations, work.length, work.digest),
}

// On Linux the number 0 means the calling thread; elsewhere it would be the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(0, workerData.niceness)
  } catch {
    // A sandbox may forbid it; hashing then competes with the event loop as an equal.
  }
}

parentPort.on('message', (work) => {
  try {
    parentPort.postMessage({ output: new Uint8Array(compute[work.kind](work)) })
  } catch (error) {
    parentPort.postMessage({ error: String(error) })
  }
})
