const left = new Set<() => void>()

function endAll(): void {
  for (const work of [...left].reverse()) work()
}

/** Vitest keeps `process.exit` from whatever runs in its workers. */
function leave(): void {
  process.emit('exit', 143)
  process.kill(process.pid, 'SIGKILL')
}

/**
 * Has `work` done, to its end at once, when this process ends and nobody has done it before: so goes what a failed test
 * leaves behind. @returns what takes it back
 */
export function atExit(work: () => void): () => void {
  if (left.size === 0) {
    process.once('exit', endAll)
    // Vitest ends a worker by this signal, which by itself ends a process without its exit handlers.
    process.once('SIGTERM', leave)
  }
  left.add(work)
  return () => {
    left.delete(work)
    if (left.size > 0) return
    process.off('exit', endAll)
    process.off('SIGTERM', leave)
  }
}
