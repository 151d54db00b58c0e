import pg from 'pg'
import type { Statement } from './sql.ts'

/** What the driver works out from the description of a statement's rows. */
interface Shape {
  fields: readonly { readonly name: string }[]
  _parsers: readonly unknown[] | undefined
  _prebuiltEmptyResultObject: object | null
}

/** The parts of the driver's connection that are touched here. */
interface Connection {
  describe(message: object): void
}

/** The driver's query with the parts of it that a subclass may change. */
interface DriverQuery {
  readonly name: string
  readonly _result: Shape
  _accumulateRows: boolean
  submit(connection: Connection): Error | null
  handleCommandComplete(message: object, connection: Connection): void
}

type Settle = (error: Error | null, result: { readonly rows: readonly object[] } | undefined) => void

const DriverQuery = pg.Query as unknown as new (
  config: { name: string; text: string; values: unknown[]; types: object },
  callback: Settle,
) => DriverQuery

interface Known {
  readonly shapes: Map<string, Shape>
  /** The same connection, which does not ask what a statement's rows look like. */
  readonly quiet: Connection
}

const connections = new WeakMap<Connection, Known>()

function knownOn(connection: Connection): Known {
  const known = connections.get(connection)
  if (known !== undefined) return known
  const quiet = Object.create(connection, { describe: { value: () => {} } }) as Connection
  const fresh = { shapes: new Map(), quiet }
  connections.set(connection, fresh)
  return fresh
}

/**
 * A named statement that asks once for each connection what its rows look like. PostgreSQL describes them anew for each
 * execution otherwise, which for a wide row costs both sides more than reading it. It refuses a prepared statement whose
 * result has changed, so what was learnt stays right.
 */
export class PreparedQuery extends DriverQuery {
  #shapes: Map<string, Shape> | undefined

  constructor(statement: Statement, text: string, settle: Settle) {
    super({ name: statement.name, text, values: statement.values.map(sent), types: readers }, settle)
  }

  override submit(connection: Connection): Error | null {
    const { shapes, quiet } = knownOn(connection)
    const shape = shapes.get(this.name)
    if (shape === undefined) {
      this.#shapes = shapes
      return super.submit(connection)
    }
    Object.assign(this._result, shape)
    this._accumulateRows = true
    return super.submit(quiet)
  }

  override handleCommandComplete(message: object, connection: Connection): void {
    super.handleCommandComplete(message, connection)
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result
    this.#shapes?.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject })
  }
}

/** The driver would write an instant in the time zone of the machine. */
const sent = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)

const readers = {
  getTypeParser: (oid: number, format: 'text') =>
    oid === pg.types.builtins.TIMESTAMPTZ ? readInstant : pg.types.getTypeParser(oid, format),
}

const readAnyInstant = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (text: string) => unknown

/** `2024-05-01 12:34:56.789+00`, which is what a server in UTC sends, at a third of the cost of every other form. */
function readInstant(text: string): unknown {
  const isPlain = text.charCodeAt(10) === 0x20 && text.endsWith('+00')
  return isPlain ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : readAnyInstant(text)
}
