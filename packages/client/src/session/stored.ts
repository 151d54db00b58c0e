import type { Complete, Session, Tokens, User } from '../api/types.ts'
import { isObject, parsed } from '../base/encoding.ts'

/** Who is signed in, as it is remembered. */
export interface Stored {
  readonly v: 1
  /** Another one with each new set of tokens. */
  readonly stamp: string
  /** By the clock on this wall: a token's life is counted from here, never by comparing clocks. */
  readonly receivedAt: number
  readonly user: User
  readonly session: Session
  /** Without tokens in cookie mode. */
  readonly tokens: Tokens | null
  /** Seconds the access token lives. */
  readonly expiresIn: number
}

/** What a finished sign-in yields, as it will be remembered. */
export function toStored({ user, session, tokens }: Complete, stamp: string, receivedAt: number): Stored {
  return { v: 1, stamp, receivedAt, user, session, tokens, expiresIn: tokens.expiresIn }
}

/** What was remembered, or null where nothing is, or nothing that can be read. */
export function readStored(text: string | null): Stored | null {
  const value = parsed(text)
  return isStored(value) ? value : null
}

function isStored(value: unknown): value is Stored {
  if (!isObject(value) || value['v'] !== 1 || typeof value['stamp'] !== 'string') return false
  const { receivedAt, expiresIn, user, session, tokens } = value
  if (typeof receivedAt !== 'number' || typeof expiresIn !== 'number' || !isObject(user) || !isObject(session))
    return false
  return tokens === null || (isObject(tokens) && typeof tokens['accessToken'] === 'string')
}

/** Whether two memories hold the same set of tokens. */
export const isSameSet = (a: Stored | null, b: Stored | null): boolean => a?.stamp === b?.stamp
