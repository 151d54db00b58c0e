import { Worker } from 'node:worker_threads'
import { type Compute, type Work, workAlone } from './work.ts'

// A thread allocates next to nothing from its own heap: what a hash needs is native memory. The defaults would let the
// young generation alone grow to 48 MB before anything is collected.
const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 }

// Measured on two busy cores: at 10 user reads keep their CPU while hashing still uses all that is left over.
const niceness = 10

/** Threads that do nothing but hash, at lowered priority, so that DNS, files and the event loop do not wait for them. */
export interface HashThreads {
  /** Computes on an idle thread, starting one when there is none: the caller limits how many run at once. */
  readonly compute: Compute
  /** Ends the threads; what they are computing fails. */
  close(): Promise<void>
}

interface Thread {
  readonly worker: Worker
  settle: { resolve(output: Uint8Array): void; reject(error: unknown): void } | null
}

/** Threads are started when first needed and kept. An idle one does not keep the process alive. */
export function createHashThreads(): HashThreads {
  const all = new Set<Thread>()
  const idle: Thread[] = []

  function start(): Thread {
    const thread: Thread = { worker: startWorker(), settle: null }
    all.add(thread)
    thread.worker.on('message', (answer: Answer) => {
      const settle = thread.settle
      thread.settle = null
      thread.worker.unref()
      idle.push(thread)
      if ('output' in answer) settle?.resolve(answer.output)
      else settle?.reject(new Error(answer.error))
    })
    thread.worker.on('error', (error) => lose(thread, error))
    thread.worker.on('exit', () => lose(thread, new Error('a hashing thread ended')))
    return thread
  }

  function lose(thread: Thread, error: unknown): void {
    all.delete(thread)
    const at = idle.indexOf(thread)
    if (at >= 0) idle.splice(at, 1)
    thread.settle?.reject(error)
    thread.settle = null
  }

  return {
    async compute(work: Work) {
      const thread = idle.pop() ?? start()
      return new Promise((resolve, reject) => {
        thread.settle = { resolve, reject }
        thread.worker.ref()
        thread.worker.postMessage(workAlone(work))
      })
    },
    async close() {
      await Promise.all([...all].map((thread) => thread.worker.terminate()))
    },
  }
}

type Answer = { readonly output: Uint8Array } | { readonly error: string }

function startWorker(): Worker {
  const file = new URL('./hash-worker.mjs', import.meta.url)
  return new Worker(file, { workerData: { niceness }, execArgv: [], resourceLimits })
}
