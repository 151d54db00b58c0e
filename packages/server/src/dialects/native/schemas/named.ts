import { z } from 'zod'

/** The schemas that have a name in the OpenAPI document. */
export const names = z.registry<{ id: string }>()

/** Gives a schema its name there. */
export function named<S extends z.ZodType>(id: string, schema: S): S {
  names.add(schema, { id })
  return schema
}

/** An id; any UUID, since imported users keep theirs. */
export const id = () => z.guid()
/** ISO 8601, UTC, milliseconds. */
export const time = () =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    .meta({ format: 'date-time' })
/** A JSON object. */
export const jsonObject = () => z.record(z.string(), z.unknown())
/** A page of a list. */
export const pageOf = <S extends z.ZodType>(name: string, item: S) =>
  named(name, z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() }))
