/** A value, at once or later. */
export type Maybe<T> = T | Promise<T>

/** Goes on with a value: in the same turn where it is there, so that nobody can come between. */
export function chain<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}
