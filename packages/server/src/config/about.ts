import { z } from 'zod'

/** What is known about one setting besides its kind. */
export interface About {
  /** One line for the reference page and for `config print`. */
  readonly about: string
  /** Its variable, where the name does not follow from the path. */
  readonly env?: string
  /** Names other software uses for the same thing; ours is stronger. */
  readonly alsoEnv?: readonly string[]
  /** Its flag on the command line, without the dashes. */
  readonly flag?: string
  /** Never shown. An empty or weak value is refused. */
  readonly secret?: true
  /** A URL whose user name and password are never shown. */
  readonly credentials?: true
  /** The default where it depends on other settings. */
  readonly otherwise?: string
}

/** What is known about each setting, by its schema. */
export const known = z.registry<About>()

/** Describes a setting. */
export const set = <S extends z.ZodType>(schema: S, about: string, more: Omit<About, 'about'> = {}): S => {
  known.add(schema, { about, ...more })
  return schema
}
