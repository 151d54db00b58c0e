import { invalid } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { TotpSetup } from '../../core/factors/totp.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Assertion, NewCredential } from '../../core/passkeys/ceremonies.ts'
import type { Settings } from '../../core/settings/settings.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'

/** What proves a factor: a code, or what a browser made. */
export type Said = { readonly code: string } | { readonly credential: JsonObject }

/** The code that was said. @throws Refusal `validation_failed` where something else was */
export function codeOf(said: Said): string {
  if ('code' in said) return said.code
  throw invalid('code', 'is needed')
}

/** What somebody says to prove a factor. */
export interface Claim {
  /** The ticket that asks for it: it counts the tries, and is spent by whoever the proof lets pass. */
  readonly ticket: Ticket
  readonly factor: Factor
  readonly user: User
  readonly said: Said
}

/** A claim that fits, as {@link FactorKind.use} needs it. */
export type Match =
  | { readonly step: number }
  | { readonly stored: Uint8Array }
  | { readonly made: NewCredential }
  | { readonly assertion: Assertion }
  | 'the code of the ticket'

/** What came of comparing. `dead`: the ticket takes no more tries. */
export type Compared =
  /** `factor`: the one that was proved, where it is another than the one that was asked for. */
  | { readonly kind: 'right'; readonly match: Match; readonly factor?: Factor }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'dead' }

/** What a new factor needs to be stored, and what is shown of it, once. */
export interface Prepared {
  readonly seed?: Uint8Array
  readonly phone?: string
  readonly totp?: TotpSetup
}

export interface Preparing {
  readonly user: User
  /** What an authenticator app files it under. */
  readonly issuer: string
  readonly phone: string | undefined
}

/** What is to be sent. */
export interface Sending {
  readonly factor: Factor
  /** How a text is sent. Default by SMS. */
  readonly channel?: TextChannel | undefined
}

/** Sending the code of a factor, in two steps: one that is held back must not replace one that is on its way. */
export interface FactorMessage {
  /** Counts it. @throws Refusal `over_sms_send_rate_limit`, `feature_disabled` */
  admit(core: Core, caller: Caller, sending: Sending): Promise<void>
  /** Sends what a ticket then waits for. Answers the ticket as it stands after. @throws Refusal `attempt_expired` */
  send(core: Core, caller: Caller, sending: Sending & { readonly ticket: Ticket; readonly user: User }): Promise<Ticket>
}

/** One type of second factor: all that differs from one to the next. */
export interface FactorKind {
  /** Whether new ones may be set up. */
  isEnabled(settings: Settings): boolean
  prepare(core: Core, input: Preparing): Promise<Prepared>
  /** How a code is sent; absent where nothing is. */
  readonly message?: FactorMessage
  /** What a browser is handed, in its JSON form, where it proves the factor by a ceremony. */
  ceremony?(core: Core, input: { readonly user: User; readonly factor: Factor }): Promise<JsonObject>
  /** Compares, and counts the try at the ticket. */
  compare(core: Core, claim: Claim): Promise<Compared>
  /** Uses up what fitted, in the transaction that lets somebody pass; false where another was faster. */
  use(tx: Core, factor: Factor, match: Match): Promise<boolean>
}
