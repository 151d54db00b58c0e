// The hashing thread. Plain JavaScript, because a thread is started from a file as it lies on the disk.
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { hashRawSync } from '@node-rs/argon2'
import { verifySync } from '@node-rs/bcrypt'

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
  bcrypt: (work) => Uint8Array.of(verifySync(work.password, work.text) ? 1 : 0),
  scrypt: (work) =>
    scryptSync(work.password, work.salt, work.length, {
      N: work.cost,
      r: work.blockSize,
      p: work.lanes,
      maxmem: 256 * work.cost * work.blockSize,
    }),
  pbkdf2: (work) => pbkdf2Sync(work.password, work.salt, work.iterations, work.length, work.digest),
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
