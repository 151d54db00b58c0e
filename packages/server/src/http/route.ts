import type { Refusal } from '../base/errors.ts'
import type { Answer } from './answer.ts'
import type { BodyLimits } from './body.ts'
import type { CorsPolicy } from './cors.ts'
import type { Exchange } from './exchange.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Stands before a handler. Refuses by throwing a `Refusal`; may leave something for the handler with `exchange.set`. */
export type Gate = (exchange: Exchange) => Promise<void> | void

export type Handler = (exchange: Exchange) => Promise<Answer> | Answer

/** One line of a route table. */
export interface Route {
  readonly method: Method
  /** Below the mount's base: `''`, `/users`, `/users/:id`, `/assets/*` (the rest as parameter `rest`). */
  readonly path: string
  /** Passed in order before the handler. */
  readonly gates?: readonly Gate[]
  readonly handle: Handler
  /** What logs, limits and metrics call it; default method and path. */
  readonly name?: string
  /** What may be sent. Default `json` for POST, PUT and PATCH, `none` for GET and DELETE. */
  readonly body?: 'json' | 'form' | 'json-or-form' | 'none'
  /** Where this route takes more or less than the server's limits. */
  readonly bodyLimits?: Partial<BodyLimits>
  /** A GET that changes nothing says so, and then answers HEAD as well. Without it HEAD is 405 (S115). */
  readonly safe?: true
}

/** A table of routes under one base, with the manners of whoever it speaks to. */
export interface Mount {
  readonly name: string
  /** `''` or `/auth/v1`: no trailing slash. A mount at `''` owns its routes only, any other every path below its base. */
  readonly base: string
  readonly routes: readonly Route[]
  /** Shows every refusal below this mount: its handlers', unknown paths and methods, bad bodies, faults of ours. */
  presentError(error: Refusal, exchange: Exchange): Answer
  readonly cors: CorsPolicy
  /**
   * Which preflights are answered: those of its routes, or all below its base, so that pages of other origins can read
   * what is wrong with the rest. Default `routes`.
   */
  readonly preflights?: 'routes' | 'all'
  /**
   * Whether JSON must be declared as such: 415 for anything but `application/json` (S109). `of_bodies`: where nothing is
   * sent, nothing need be declared; for mounts whose calls carry no cookies.
   */
  readonly requireJson: boolean | 'of_bodies'
  /** Whether `/users/` means `/users`. */
  readonly trailingSlash: 'strict' | 'accept'
}
