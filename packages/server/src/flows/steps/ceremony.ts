import { cutText } from '../../base/cut-text.ts'
import { minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject, User } from '../../core/users/user.ts'

const ceremonySeconds = 5 * minute

/** What a ceremony is for; an answer counts for nothing else. */
export type Ceremony = 'registration' | 'sign_up' | 'sign_in'

/** A WebAuthn ceremony that waits for the browser's answer, as an attempt. */
export interface BegunCeremony {
  readonly ticket: Ticket
  readonly attempt: string
  /** What the browser is handed, in its JSON form. */
  readonly options: JsonObject
}

/** @throws Refusal `feature_disabled` */
export function refusePasskeysOff({ settings }: Pick<Core, 'settings'>): void {
  if (!settings.passkeys.enabled) throw new Refusal('feature_disabled', { details: { feature: 'passkeys' } })
}

/** Begins a ceremony: its challenge is 32 bytes that nobody else has seen, and counts once. */
export async function beginCeremony(
  core: Core,
  input: {
    readonly ceremony: Ceremony
    /** Whose newest ceremony of the kind this is. Default its challenge: there may be any number of them. */
    readonly subject?: string
    readonly userId: string | null
    readonly sessionId: string | null
    readonly facts?: JsonObject
    readonly options: (challenge: Uint8Array) => Promise<object>
  },
): Promise<BegunCeremony> {
  const { ceremony, subject, userId, sessionId, facts = {} } = input
  const challenge = core.runtime.randomBytes(32)
  const options = (await input.options(challenge)) as JsonObject
  const own = subject ?? challengeIn(options)
  const { ticket, attempt } = await core.tickets.issue({
    purpose: 'ceremony',
    subject: `${own}:${ceremony}`,
    userId,
    sessionId,
    seconds: ceremonySeconds,
    payload: { ...facts, ceremony, options },
  })
  return { ticket, attempt, options }
}

/** What an authenticator files a credential under. */
export function labelsOf({ id, email, phone, displayName, metadata }: User) {
  const name = email ?? phone ?? id
  const given = metadata['name']
  return { name, displayName: displayName || (typeof given === 'string' && given !== '' ? cutText(given, 64) : name) }
}

const challengeIn = (options: JsonObject): string => String(options['challenge'])

/** The challenge as the browser repeats it. */
export function challengeOf({ payload }: Ticket): string {
  return challengeIn(payload['options'] as JsonObject)
}

/** The ceremony a browser's answer says it belongs to, for clients that send the answer alone. */
export async function ceremonyAnswered(
  core: Core,
  credential: JsonObject,
  ceremony: Ceremony,
): Promise<Ticket | undefined> {
  const { clientDataJSON } = (credential['response'] ?? {}) as JsonObject
  const challenge = typeof clientDataJSON === 'string' ? challengeSaid(clientDataJSON) : undefined
  if (challenge === undefined || !/^[\w-]{43}$/.test(challenge)) return undefined
  return core.tickets.findBySubject(`${challenge}:${ceremony}`, 'ceremony')
}

function challengeSaid(clientData: string): string | undefined {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientData, 'base64url').toString()) as JsonObject
    return typeof challenge === 'string' ? challenge : undefined
  } catch {
    return undefined
  }
}

/**
 * Uses a ceremony up before its answer is judged: whatever comes of it, it does not come twice.
 * @throws Refusal `attempt_expired` (`details.reason` `unknown`, `used`, `expired`)
 */
export async function spendCeremony(core: Core, ticket: Ticket | undefined, ceremony: Ceremony): Promise<Ticket> {
  const dead = (reason: string) => new Refusal('attempt_expired', { details: { reason } })
  if (ticket?.purpose !== 'ceremony' || ticket.payload['ceremony'] !== ceremony) throw dead('unknown')
  if (ticket.spentAt !== null) throw dead('used')
  if (ticket.expiresAt <= core.runtime.now()) throw dead('expired')
  const spent = await core.tickets.spend(ticket.id)
  if (spent === undefined) throw dead('used')
  return spent
}
