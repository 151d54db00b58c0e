import { type Runtime, systemRuntime } from '#src/base/runtime.ts'

/** A clock that runs like the real one and can be moved. */
export interface Clock {
  /** Seconds forward, or back where negative. */
  move(seconds: number): void
}

/** The system's runtime with a movable clock and a log that is kept. */
export function movableRuntime(): { runtime: Runtime; clock: Clock; log: LogLine[] } {
  const shift = { ms: 0 }
  const log: LogLine[] = []
  const keep = (level: LogLine['level']) => (fields: object, message: string) =>
    void log.push({ level, fields, message })
  const real = systemRuntime({ debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') })
  const runtime = { ...real, now: () => new Date(real.now().getTime() + shift.ms) }
  const clock = {
    move(seconds: number) {
      shift.ms += seconds * 1000
    },
  }
  return { runtime, clock, log }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}
