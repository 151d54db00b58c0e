import { later, minute } from '../../base/duration.ts'
import type { Settings } from '../../core/settings/settings.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'

/** What can prove once more who somebody is. */
export interface ProofOption {
  readonly id: 'password' | 'email'
  /** A masked address, where a code would be sent there. */
  readonly sentTo: string | null
}

/** What whoever holds an attempt has to do next. */
export type Step =
  | { readonly type: 'choose'; readonly options: readonly ProofOption[] }
  | {
      readonly type: 'code'
      readonly channel: 'email' | 'sms'
      /** Masked. */
      readonly sentTo: string
      readonly length: number
      readonly hasLink: boolean
      /** The message's link was opened somewhere, and nothing came of it yet. */
      readonly linkOpened: boolean
      /** From here on asking for a fresh code sends one. */
      readonly resendAt: Date
      /** When the code ends; the attempt may go on with a fresh one. */
      readonly expiresAt: Date
    }
  | {
      readonly type: 'accept'
      readonly email: string | null
      readonly displayName: string | null
      /** Whether a password may be chosen with it. */
      readonly password: boolean
    }

/**
 * Names the next step of an attempt, from its ticket alone; nothing else does. A ticket with nobody behind it holds the
 * same facts as any other and so gets the same step.
 */
export function decideStep(ticket: Ticket, settings: Pick<Settings, 'codes' | 'limits'>): Step {
  const { payload } = ticket
  if (ticket.purpose === 'acceptance') {
    return {
      type: 'accept',
      email: text(payload['email']),
      displayName: text(payload['displayName']),
      password: payload['password'] === true,
    }
  }
  const sentAt = text(payload['sentAt'])
  if (ticket.purpose === 'elevation' && sentAt === null) return { type: 'choose', options: optionsOf(payload) }
  return {
    type: 'code',
    channel: payload['channel'] === 'sms' ? 'sms' : 'email',
    sentTo: text(payload['sentTo']) ?? '',
    length: settings.codes.length,
    hasLink: payload['channel'] === 'email' && payload['codeChallenge'] !== undefined,
    linkOpened: ticket.linkOpenedAt !== null,
    resendAt: later(sentAt === null ? ticket.createdAt : new Date(sentAt), resendAfter(settings)),
    expiresAt: ticket.codeExpiresAt ?? ticket.expiresAt,
  }
}

/** Seconds between two messages of one kind to one recipient. */
export function resendAfter({ limits }: Pick<Settings, 'limits'>): number {
  if (!limits.enabled) return 0
  return Math.max(0, ...limits.send.filter((rate) => rate.seconds <= minute).map((rate) => rate.seconds))
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function optionsOf(payload: Ticket['payload']): ProofOption[] {
  const options = Array.isArray(payload['options']) ? payload['options'] : []
  return (['password', 'email'] as const)
    .filter((id) => options.includes(id))
    .map((id) => ({ id, sentTo: id === 'email' ? text(payload['sentTo']) : null }))
}

/** What an attempt is for, in words that do not tell its parts apart. */
export type AttemptPurpose = Extract<
  Purpose,
  'sign_up' | 'sign_in' | 'recovery' | 'invite' | 'email_change' | 'elevation'
>

/** What an attempt is for: both halves of a change are one change, and a yes is for what its link was made for. */
export function purposeOf(ticket: Pick<Ticket, 'purpose' | 'payload'>): AttemptPurpose {
  const purpose = ticket.purpose === 'acceptance' ? ticket.payload['purpose'] : ticket.purpose
  switch (purpose) {
    case 'sign_up':
    case 'sign_in':
    case 'recovery':
    case 'invite':
    case 'elevation':
      return purpose
    default:
      return 'email_change'
  }
}
