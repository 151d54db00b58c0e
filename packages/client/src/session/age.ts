import type { Tokens } from '../api/types.ts'
import type { Runtime } from '../base/runtime.ts'
import type { Stored } from './stored.ts'

/** An access token in this tab's hands. */
export interface Token {
  /** Null in cookie mode until this tab has got one of its own. */
  readonly accessToken: string | null
  /** Seconds it lives. */
  readonly expiresIn: number
  /** When it came, by the clock on the wall. */
  readonly receivedAt: number
  /** When this tab saw it first, in milliseconds of {@link Runtime.uptime}, and how old it was then. */
  readonly seenAt: number
  readonly ageWhenSeen: number
  /** Between 0 and 1: tabs and fleets spread out. */
  readonly chance: number
}

/** What is stored, in this tab's hands. */
export interface Held {
  readonly stored: Stored
  readonly token: Token
}

/** An access token, from now on. @param tokens default: none, but it is known when there was one */
export function hold(runtime: Runtime, stored: Stored, tokens: Tokens | null = stored.tokens): Held {
  const token = {
    accessToken: tokens?.accessToken ?? null,
    expiresIn: tokens?.expiresIn ?? stored.expiresIn,
    receivedAt: stored.receivedAt,
    seenAt: runtime.uptime(),
    ageWhenSeen: Math.max(0, runtime.now() - stored.receivedAt),
    chance: (runtime.random(1)[0] ?? 0) / 256,
  }
  return { stored, token }
}

/** Milliseconds since it came: by the wall clock or by the machine's, whichever says more. Neither is trusted alone. */
function ageOf({ receivedAt, seenAt, ageWhenSeen }: Token, runtime: Runtime): number {
  return Math.max(runtime.now() - receivedAt, runtime.uptime() - seenAt + ageWhenSeen)
}

/** Milliseconds until it should be renewed; none where that is due. */
export function dueIn({ token }: Held, runtime: Runtime): number {
  const life = token.expiresIn * 1000
  const lead = Math.min(Math.max(30_000, life * 0.1) + token.chance * life * 0.05, life / 4)
  return Math.max(0, life - lead - ageOf(token, runtime))
}

/** Whether the access token is there and still lives. */
export function isAlive({ token }: Held, runtime: Runtime): boolean {
  return token.accessToken !== null && ageOf(token, runtime) < token.expiresIn * 1000
}
