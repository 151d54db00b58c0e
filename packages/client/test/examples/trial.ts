/** What an example takes for granted, by name. */
export type Given = Readonly<Record<string, unknown>>

/** What is wrong with how an example went. */
export interface Verdict {
  /** Places that were not reached. */
  readonly missed: readonly number[]
  /** Codes of refusals that it met. */
  readonly refused: readonly string[]
  /** How often it showed something that was not there. */
  readonly empty: number
}

/** An example that runs. Everything in here also works in a page. */
export interface Trial {
  /** What it named, once it has come to its end. */
  readonly ended: Promise<Given>
  verdict(): Verdict
}

/** An example as it can be run, and how many places in it have to be reached. */
export interface Ready {
  readonly body: string
  readonly places: number
}

/** Runs the body of an example. */
export function beginTrial({ body, places }: Ready, given: Given): Trial {
  const reached = new Set<number>()
  const refused = new Set<string>()
  const shown = { empty: 0 }
  const judge = (value: unknown) => {
    if (value instanceof Response && !value.ok) refused.add(`status ${value.status}`)
    const error = typeof value === 'object' && value !== null && 'error' in value ? value.error : null
    if (typeof error === 'object' && error !== null && 'code' in error) refused.add(String(error.code))
  }
  const mark = (at: number, value: unknown) => {
    reached.add(at)
    if (value instanceof Promise) value.then(judge, () => {})
    else judge(value)
    return value
  }
  const show = (...things: unknown[]) => {
    if (things.includes(undefined)) shown.empty += 1
  }
  const all: Given = { show, ...given, mark }
  const Body = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor
  const run = new Body(...Object.keys(all), body)
  return {
    ended: run(...Object.values(all)) as Promise<Given>,
    verdict: () => ({
      missed: Array.from({ length: places }, (_, at) => at).filter((at) => !reached.has(at)),
      refused: [...refused],
      empty: shown.empty,
    }),
  }
}
