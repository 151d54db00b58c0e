import type { Mistake } from './mistake.ts'

/** Where a value comes from, weakest first; `generated` are the keys a development server makes for itself. */
export type Source = 'default' | 'generated' | 'file' | 'environment' | 'flag'

/** One value as a source has it, and the name its writer knows it by. */
export interface Given {
  readonly value: unknown
  /** `WATCHWORD_PORT`, `--port`, or `port in watchword.config.json`. */
  readonly name: string
}

/** What one source says: values by path, and what it says that nobody understands. */
export interface Layer {
  readonly source: Source
  readonly given: ReadonlyMap<string, Given>
  readonly mistakes: readonly Mistake[]
}
