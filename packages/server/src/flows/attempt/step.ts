import { later, minute } from '../../base/duration.ts'
import type { Settings } from '../../core/settings/settings.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Chain } from '../../core/wallets/wallet-message.ts'
import type { FactorOption } from '../steps/factor-options.ts'
import { channelOf } from './texts.ts'

/** One way to prove who somebody is. */
export interface ProofOption {
  /** What an answer calls it: a factor's id, or its type where there is one alone. */
  readonly id: string
  readonly type: 'password' | 'email' | 'wallet' | FactorOption['type']
  /** What its owner calls it. */
  readonly name: string | null
  /** A masked address, where a code would be sent there. */
  readonly sentTo: string | null
}

/** What whoever holds an attempt has to do next. */
export type Step =
  | { readonly type: 'choose'; readonly options: readonly ProofOption[] }
  | {
      readonly type: 'code'
      readonly channel: 'email' | 'sms' | 'whatsapp'
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
  /** The browser goes there; the way back is a return code. `url` still lacks the text of its ticket. */
  | { readonly type: 'redirect'; readonly url: string }
  | {
      readonly type: 'totp_setup'
      /** What an authenticator app is given is shown when the attempt begins, and never again. */
      readonly secret: null
    }
  | {
      readonly type: 'passkey'
      readonly mode: 'get' | 'create'
      /** What the browser is handed, in its JSON form. */
      readonly publicKey: JsonObject
      readonly expiresAt: Date
    }
  | {
      readonly type: 'wallet'
      readonly chain: Chain
      /** What the wallet is to sign, as it is. */
      readonly message: string
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
  if (ticket.purpose === 'ceremony') return ceremonyStep(ticket)
  if (ticket.purpose === 'wallet') return walletStep(ticket)
  if (ticket.purpose === 'link') return { type: 'redirect', url: text(payload['startAt']) ?? '' }
  const sentAt = text(payload['sentAt'])
  if (isChosenFrom(ticket) && payload['publicKey'] != null)
    return { type: 'passkey', mode: 'get', publicKey: payload['publicKey'] as JsonObject, expiresAt: ticket.expiresAt }
  if (isChosenFrom(ticket) && sentAt === null) return { type: 'choose', options: narrowed(payload) }
  if (ticket.purpose === 'enrollment' && sentAt === null) return { type: 'totp_setup', secret: null }
  return {
    type: 'code',
    channel: channelOf(ticket),
    sentTo: text(payload['sentTo']) ?? '',
    length: settings.codes.length,
    hasLink: payload['channel'] === 'email' && payload['codeChallenge'] !== undefined,
    linkOpened: ticket.linkOpenedAt !== null,
    resendAt: later(sentAt === null ? ticket.createdAt : new Date(sentAt), resendAfter(settings)),
    expiresAt: ticket.codeExpiresAt ?? ticket.expiresAt,
  }
}

function ceremonyStep({ payload, expiresAt }: Ticket): Step {
  const mode = payload['ceremony'] === 'sign_in' ? 'get' : 'create'
  return { type: 'passkey', mode, publicKey: payload['options'] as JsonObject, expiresAt }
}

function walletStep({ payload, expiresAt }: Ticket): Step {
  const chain = payload['chain'] === 'solana' ? 'solana' : 'ethereum'
  return { type: 'wallet', chain, message: text(payload['message']) ?? '', expiresAt }
}

/** Seconds between two messages of one kind to one recipient. */
export function resendAfter({ limits }: Pick<Settings, 'limits'>): number {
  if (!limits.enabled) return 0
  return Math.max(0, ...limits.send.filter((rate) => rate.seconds <= minute).map((rate) => rate.seconds))
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Those that are offered still: one, once it was chosen. */
function narrowed(payload: Ticket['payload']): ProofOption[] {
  const options = optionsOf(payload)
  const chosen = options.filter(({ id }) => id === payload['chosen'])
  return chosen.length > 0 ? chosen : options
}

/** Whether an attempt is answered with a second factor. */
export function asksForFactor({ purpose, payload }: Ticket): boolean {
  if (purpose === 'elevation')
    return payload['chosen'] !== 'passkey' && optionsOf(payload).some(({ id, type }) => id !== type)
  return purpose === 'second_factor' || purpose === 'enrollment'
}

const isChosenFrom = ({ purpose }: Ticket): boolean => purpose === 'elevation' || purpose === 'second_factor'

/** The ways to prove it that a ticket offers: those of the account by their name, second factors as they were then. */
export function optionsOf(payload: Ticket['payload']): ProofOption[] {
  const options: unknown[] = Array.isArray(payload['options']) ? payload['options'] : []
  const sentTo = {
    password: null,
    passkey: null,
    wallet: null,
    email: text(payload['email']),
    phone: text(payload['phone']),
  }
  return options.map((option) =>
    option === 'password' || option === 'email' || option === 'phone' || option === 'passkey' || option === 'wallet'
      ? { id: option, type: option, name: option === 'wallet' ? text(payload['wallet']) : null, sentTo: sentTo[option] }
      : (option as FactorOption),
  )
}

/** What an attempt is for, in words that do not tell its parts apart. */
export type AttemptPurpose = Extract<
  Purpose,
  'sign_up' | 'sign_in' | 'recovery' | 'invite' | 'email_change' | 'phone_change' | 'elevation' | 'enrollment' | 'link'
>

/**
 * What an attempt is for: both halves of a change are one change, a yes is for what its link was made for, and a second
 * factor for what the first proof was.
 */
export function purposeOf(ticket: Pick<Ticket, 'purpose' | 'payload'>): AttemptPurpose {
  const ceremony = ticket.payload['ceremony'] === 'registration' ? 'enrollment' : ticket.payload['ceremony']
  const { purpose: told, for: reason } = ticket.payload
  const kept = { acceptance: told, second_factor: reason, wallet: reason, ceremony }
  const purpose = Object.hasOwn(kept, ticket.purpose) ? kept[ticket.purpose as keyof typeof kept] : ticket.purpose
  switch (purpose) {
    case 'sign_up':
    case 'sign_in':
    case 'recovery':
    case 'invite':
    case 'elevation':
    case 'enrollment':
    case 'phone_change':
    case 'link':
      return purpose
    default:
      return 'email_change'
  }
}
