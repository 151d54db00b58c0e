import type { JsonObject } from '../users/user.ts'

/** Text that a provider gives and no database takes: NUL, and halves of characters. */
const unstorable = /\0|[\ud800-\udfff]/gu

/** The text without what cannot be stored. */
export const storableText = (text: string): string => text.replace(unstorable, '')

/** The same for everything inside a value, names of fields included. */
export function storable(facts: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(facts), (_name, value: unknown) => {
    if (typeof value === 'string') return storableText(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [storableText(name), inner]))
  }) as JsonObject
}
