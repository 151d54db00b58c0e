/**
 * A value as a session variable of Hasura, which is text: a list as a PostgreSQL array literal (PostgreSQL documentation
 * §8.15), an object as JSON, a time in ISO 8601.
 */
export function hasuraText(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(element).join(',')}}`
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (Array.isArray(value)) return hasuraText(value)
  return `"${hasuraText(value).replace(/["\\]/g, '\\$&')}"`
}
