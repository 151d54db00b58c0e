/** How a process is asked to stop. */
export interface StopSignals {
  /** Resolves with the first signal's name. */
  readonly asked: Promise<NodeJS.Signals>
  /** Stops listening. */
  dispose(): void
}

const signals = ['SIGTERM', 'SIGINT'] as const
/** A terminal and the package manager above us may both pass on one Ctrl-C. */
const echoMs = 500

/** Listens for SIGTERM and SIGINT. A second one, not an echo of the first, ends the process at once. */
export function stopSignals(): StopSignals {
  const state = { firstAt: 0 }
  const resolvers: ((signal: NodeJS.Signals) => void)[] = []
  const asked = new Promise<NodeJS.Signals>((resolve) => resolvers.push(resolve))
  const heard = (signal: NodeJS.Signals) => {
    const now = Date.now()
    if (state.firstAt === 0) {
      state.firstAt = now
      for (const resolve of resolvers) resolve(signal)
    } else if (now - state.firstAt > echoMs) process.exit(signal === 'SIGINT' ? 130 : 143)
  }
  for (const signal of signals) process.on(signal, heard)
  return {
    asked,
    dispose: () => {
      for (const signal of signals) process.off(signal, heard)
    },
  }
}
