import { type AuthError, isAuthError } from './auth-error.ts'

/** What a method answers: data, or the reason why there is none. Look at `error` and TypeScript knows the rest. */
export type Result<T> = { readonly data: T; readonly error: null } | { readonly data: null; readonly error: AuthError }

/** What a method of a client with `throwOnError` answers: data. Refusals are thrown. */
export interface Kept<T> {
  readonly data: T
  readonly error: null
}

/** A promised answer. @typeParam Throws whether the client was made with `throwOnError` */
export type Reply<T, Throws extends boolean = false> = Promise<Throws extends true ? Kept<T> : Result<T>>

/**
 * The data of an answer, for those who prefer to throw.
 * @throws AuthError the answer's error
 * @example
 * const user = await unwrap(auth.me.update({ displayName: 'Ada' }))
 */
export async function unwrap<T>(result: Result<T> | Promise<Result<T>>): Promise<T> {
  const { data, error } = await result
  if (error !== null) throw error
  return data
}

type Method = (...input: never[]) => Promise<unknown>

/** Turns functions that throw into those that answer with {@link Result}; groups of functions too. */
export function facing<Face extends object>(inner: object, throws: boolean): Face {
  const faces = Object.entries(inner).map(([name, value]) => [
    name,
    typeof value === 'function' ? faced(value as Method, throws) : facing(value as object, throws),
  ])
  return Object.fromEntries(faces) as Face
}

/** Misuse is no refusal: a `TypeError` stays thrown. */
function faced(method: Method, throws: boolean): Method {
  return async (...input) => {
    try {
      return { data: (await method(...input)) ?? null, error: null }
    } catch (error) {
      if (throws || !isAuthError(error)) throw error
      return { data: null, error }
    }
  }
}
