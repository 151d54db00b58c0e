/** One thing wrong with the configuration: the setting as its writer named it, and what is expected of it. */
export interface Mistake {
  readonly setting: string
  /** Reads on from the name: `must be …`, `is not known.` Never holds a secret's value. */
  readonly problem: string
}

/** The configuration cannot be used; every mistake in it is named at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly Mistake[]

  constructor(mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ setting, problem }) => `  ${setting} ${problem}`)
    const title = mistakes.length === 1 ? 'There is a mistake' : `There are ${mistakes.length} mistakes`
    super([`${title} in the configuration:`, ...lines].join('\n'))
    this.mistakes = mistakes
  }
}
