import { readdirSync, readFileSync } from 'node:fs'

/** What the suites of a folder say, for a test that asks whether they leave something out. */
export interface Suites {
  readonly text: string
  /** Those of the names that no suite calls as a method: `enroll` is called where `.enroll(` stands, `mfa.enroll` where `mfa.enroll(` does. */
  uncalled(names: readonly string[]): readonly string[]
  /** Those of the numbers from one to this one that no test has before the colon of its name. */
  untold(last: number): readonly string[]
}

/** @param besides files there that list what is to be called, and so prove nothing */
export function suitesIn(folder: URL, besides: readonly string[]): Suites {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !besides.includes(file))
  return suitesOf(files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n'))
}

export function suitesOf(text: string): Suites {
  // Long chains are broken into lines.
  const bare = text.replace(/\s+/g, '')
  return {
    text,
    uncalled: (names) => names.filter((name) => !bare.includes(name.includes('.') ? `${name}(` : `.${name}(`)),
    untold(last) {
      const told = [...text.matchAll(/ it\('((?:\d+(?:, )?)+): /g)].flatMap(([, numbers = '']) => numbers.split(', '))
      return Array.from({ length: last }, (_none, at) => String(at + 1)).filter((number) => !told.includes(number))
    },
  }
}

/** The functions that an object or its class has, its constructor aside. */
export function methodsOf(object: object): readonly string[] {
  const own = Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, { value }]) =>
    typeof value === 'function' && name !== 'constructor' ? [name] : [],
  )
  const above: unknown = Object.getPrototypeOf(object)
  return above === null || above === Object.prototype ? own : [...new Set([...own, ...methodsOf(above as object)])]
}
