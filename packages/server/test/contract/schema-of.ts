import type { Database } from '#src/storage/database.ts'
import type { Statement } from '#src/storage/sql.ts'

const text = (statement: string): Statement => ({ text: statement, values: [], name: `schema_of_${statement.length}` })

const questions = {
  relations: `select c.relname, c.relkind, c.relpersistence, c.relrowsecurity from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'SCHEMA' order by 1`,
  columns: `select table_name, column_name, ordinal_position, data_type, udt_name, is_nullable, column_default,
      is_generated, is_identity, character_maximum_length from information_schema.columns
    where table_schema = 'SCHEMA' order by 1, 3`,
  indexes: `select indexname, indexdef from pg_indexes where schemaname = 'SCHEMA' order by 1`,
  constraints: `select c.conrelid::regclass::text as on, c.conname, pg_get_constraintdef(c.oid) as definition from pg_constraint c
    join pg_namespace n on n.oid = c.connamespace where n.nspname = 'SCHEMA' and c.contype <> 'n' order by 1, 2`,
  functions: `select p.proname, pg_get_functiondef(p.oid) as definition, p.provolatile, p.prosecdef, p.proacl::text as rights
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'SCHEMA' order by 1`,
  triggers: `select t.tgname, pg_get_triggerdef(t.oid) as definition, t.tgenabled from pg_trigger t join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'SCHEMA' and not t.tgisinternal order by 1`,
  migrations: 'select version, name, digest from "SCHEMA".migrations order by 1',
}

/** Everything that a schema consists of, as the catalogue tells it, with the schema's own name taken out. */
export async function schemaOf(
  database: Database,
  schema = 'auth',
): Promise<Record<keyof typeof questions, unknown[]>> {
  const found = Object.entries(questions).map(async ([name, question]) => {
    // Spelled so that the rewriting of schema names leaves it alone.
    const rows = await database.query(text(question.replaceAll('SCHEMA', schema)))
    return [name, JSON.parse(JSON.stringify(rows).replaceAll(`\\"${schema}\\".`, '*.').replaceAll(`${schema}.`, '*.'))]
  })
  return Object.fromEntries(await Promise.all(found))
}
