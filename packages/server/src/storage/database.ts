import type { Statement } from './sql.ts'

/** Whatever answers statements: the database, or one transaction on it. */
export interface Sql {
  /**
   * Runs one statement and answers its rows.
   * @throws {Duplicate} where a unique index says no; {@link Refusal} `unavailable` where the database cannot answer.
   */
  query<Row>(statement: Statement): Promise<Row[]>
}

export interface Database extends Sql {
  /** The product behind it, for the log and for choices that only one of them allows. */
  readonly kind: 'embedded' | 'postgres'
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. Of two that waited for each
   * other one is taken back, and its work runs again.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Runs a script of several statements without values, in one transaction. For migrations. */
  script(text: string): Promise<void>
  /** Connections, where there is a pool of them. */
  readonly pool?: () => { readonly open: number; readonly idle: number; readonly waiting: number }
  /** Hears what transactions send on a channel when they commit; absent where connections are not held for long enough. */
  readonly listen?: (channel: string, hear: Hearing) => Listening
  close(): Promise<void>
}

/** Who hears a channel. */
export interface Hearing {
  message(payload: string): void
  /** It listens from here on: called again whenever it had to begin anew. What was sent in between is lost. */
  ready(): void
}

export interface Listening {
  /** Whether it listens at this moment. */
  isLive(): boolean
  stop(): Promise<void>
}

/** A unique index refused a row. */
export class Duplicate extends Error {
  override readonly name = 'Duplicate'
  readonly index: string

  constructor(index: string, cause: unknown) {
    super(`duplicate value for ${index}`, { cause })
    this.index = index
  }
}

/** Replaces the schema that statements are written with by the configured one; remembers each text. */
export function schemaRewriter(schema: string): (text: string) => string {
  if (schema === 'auth') return (text) => text
  const known = new Map<string, string>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const after = text
      .replace(/\bauth\./g, `"${schema}".`)
      .replace(/\bschema (if not exists )?auth\b/g, `schema $1"${schema}"`)
    known.set(text, after)
    return after
  }
}

/** A schema name is an ordinary lower-case identifier: it is spliced into statements. */
export function isSchemaName(name: string): boolean {
  return /^[a-z_][a-z0-9_]{0,62}$/.test(name)
}
