declare const carried: unique symbol

/** Names a value that a gate leaves on an exchange, and knows its type. */
export interface Key<T> {
  /** For messages only; two keys of one name are still two. */
  readonly name: string
  readonly [carried]?: (value: T) => T
}

/** A new key: `export const callerKey = newKey<Caller>('caller')`. */
export function newKey<T>(name: string): Key<T> {
  return { name }
}
