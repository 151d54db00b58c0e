import { randomBytes } from 'node:crypto'

/** Where log lines go. Fields are facts with names; values that are secret never come here. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/**
 * Time, chance, network and log: everything that makes a run differ from the last one, handed in so that a test can
 * hold it still.
 */
export interface Runtime {
  /** The current time. */
  now(): Date
  /** Unpredictable bytes from the operating system. */
  randomBytes(length: number): Buffer
  fetch: typeof globalThis.fetch
  log: Log
}

/** A log that says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** The real clock, the real generator, the real network. @param log where lines go; default nowhere. */
export function systemRuntime(log: Log = silentLog): Runtime {
  return { now: () => new Date(), randomBytes: (length) => randomBytes(length), fetch: globalThis.fetch, log }
}
