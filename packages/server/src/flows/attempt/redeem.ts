import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Proof, Session } from '../../core/sessions/session.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import type { Effects } from '../session/effects.ts'
import { type Entered, enter } from '../session/enter.ts'
import { continueSession, refuseUnwelcome } from '../session/open.ts'
import { openSeed } from '../steps/account-seed.ts'
import { addPasskey } from '../steps/add-passkey.ts'
import { createAccount } from '../steps/create-account.ts'
import { disown, isDisbelieved, restOnMail } from '../steps/disbelieved.ts'
import { tellingOf } from '../steps/is-only-told.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import { isKeyOf } from './addresses.ts'
import { confirmAddress } from './confirm-address.ts'
import { applyEmailChange } from './email-change.ts'
import { passwordBeside } from './own-password.ts'
import { applyPhoneChange } from './phone-change.ts'
import { redeemReturn } from './provider-return.ts'
import { purposeOf } from './step.ts'
import { channelOf } from './texts.ts'

/** How a ticket was answered: typed, or opened in a browser. */
export type Via = 'code' | 'link'

export type Redeemed =
  | { readonly kind: 'entered'; readonly entered: Entered }
  /** One of the two addresses of a change agreed; the other is still asked. */
  | { readonly kind: 'half'; readonly user: User }

/** What a redemption needs besides its ticket, where the flow asks for it. */
export interface RedeemMore {
  /** Stored hash of a password chosen together with the answer. */
  readonly passwordHash?: string
  /** The session a change was begun in: it goes on with new tokens. Default: a new session is opened. */
  readonly session?: Session
  /** Whether whoever answers set the password of an account that is proved for the first time. Default: as its ticket says. */
  readonly keepPassword?: boolean
  /** Further tickets that led to the answer. */
  readonly from?: readonly string[]
  /** Whether the answer came in the attempt, or from the browser, that the ticket was issued to. Default: it only named the address. */
  readonly bound?: boolean
  /** The account that was wished for in the attempt of the answer, where that joined another's ticket. */
  readonly newAccount?: JsonObject
}

/**
 * Turns a proved ticket into what it is good for. Runs in the transaction that spends it; one caller alone gets here.
 * @throws Refusal `otp_expired` when nobody is behind the ticket or it was spent meanwhile, `user_banned`, `user_already_exists`
 */
export async function redeem(
  tx: Core,
  caller: Caller,
  { id, userId }: Ticket,
  via: Via,
  more: RedeemMore = {},
): Promise<Redeemed> {
  // Two answers about one account wait for each other here, not for each other's tickets.
  const known = userId === null ? undefined : await tx.users.lock(userId)
  const ticket = await tx.tickets.spend(id)
  if (ticket === undefined || ticket.userId !== userId) throw new Refusal('otp_expired')
  if (known === undefined && ticket.payload['newAccount'] === undefined) throw new Refusal('otp_expired')
  if (known !== undefined) refuseUnwelcome(known, tx.runtime.now())
  if (ticket.purpose === 'provider_return') {
    if (known === undefined) throw new Refusal('otp_expired')
    const from = [ticket.id, ...(more.from ?? [])]
    const entered = await redeemReturn(tx, caller, { ticket, user: known, session: more.session, from })
    return { kind: 'entered', entered }
  }
  if (ticket.purpose === 'email_change' || ticket.purpose === 'email_change_current') {
    return redeemEmailChange(tx, caller, { ticket, via, user: known, more })
  }
  if (ticket.purpose === 'phone_change') return redeemPhoneChange(tx, caller, { ticket, via, user: known, more })
  const { user, isNewUser } =
    known === undefined ? await makeAccount(tx, caller, { ticket, via, more }) : { user: known, isNewUser: false }
  const proved = await prove(tx, caller, { ticket, user, more })
  const entered = await enter(tx, caller, {
    user: proved,
    amr: [proofOf(ticket, via, more)],
    isNewUser: isNewUser || isFirst(user),
    purpose: purposeOf(ticket),
    from: [ticket.id, ...(more.from ?? [])],
    effects: effectsOf(ticket, more),
  })
  return { kind: 'entered', entered }
}

const isFirst = (user: User): boolean => user.lastSignInAt === null

/** How a ticket counts as a proof. A recovery is marked as such however it was answered: what such a session may do depends on it. */
export function proofOf(
  { purpose, payload }: Pick<Ticket, 'purpose' | 'payload'>,
  via: Via,
  { bound }: Pick<RedeemMore, 'bound'> = {},
): Omit<Proof, 'at'> {
  const method = purpose === 'recovery' || purpose === 'invite' ? purpose : via
  return {
    ...{ method, provider: null, purpose },
    ...(channelOf({ payload }) === 'email' ? {} : { channel: 'sms' }),
    ...(via === 'link' && bound === true ? { exchanged: true } : {}),
  }
}

/** Where several passwords wait for one proof, an answer that named the address alone belongs to none of them. */
const isOwn = (ticket: Ticket, { bound }: RedeemMore): boolean => ticket.payload['contested'] !== true || bound === true

interface Proving {
  readonly ticket: Ticket
  readonly user: User
  readonly more: RedeemMore
}

const toOwnAddress: ReadonlySet<Purpose> = new Set<Purpose>(['sign_up', 'sign_in', 'recovery', 'invite'])

/**
 * The address of a spent ticket is theirs now; what somebody else may have prepared on the account before goes.
 * @throws Refusal `otp_expired` where the account has another one since
 */
export async function prove(tx: Core, caller: Caller, { ticket, user, more }: Proving): Promise<User> {
  // It was issued in the very moment in which the address changed, and what is outstanding then dies.
  const { addressKey } = ticket
  if (addressKey !== null && toOwnAddress.has(ticket.purpose) && !isKeyOf(tx, addressKey, user))
    throw new Refusal('otp_expired')
  const channel = channelOf(ticket) === 'email' ? 'email' : 'phone'
  const kept = keptIdentity(ticket, more)
  const isDoubted = channel === 'email' && (await isDisbelieved(tx, user))
  // Whoever comes with the account that told the address, and answers the mail, has prepared nothing for somebody else.
  if (isDoubted && tellingOf(user).some(({ id }) => id === kept.keepIdentity)) return restOnMail(tx, user)
  const withPassword = ticket.purpose === 'sign_up' && ticket.payload['withPassword'] === true && isOwn(ticket, more)
  return confirmAddress(tx, caller, {
    user: isDoubted ? await disown(tx, user) : user,
    channel,
    keepPassword: more.keepPassword ?? (withPassword || isProvisioned(user)),
    keepMetadata: withPassword || ticket.purpose === 'invite' || isProvisioned(user),
    ...kept,
  })
}

/** What follows for the account, which waits where a second factor is asked for first. */
function effectsOf({ purpose }: Ticket, { passwordHash }: RedeemMore): Effects | undefined {
  const recovery = purpose === 'recovery'
  if (!recovery && passwordHash === undefined) return undefined
  return { recovery, ...(passwordHash === undefined ? {} : { passwordHash }) }
}

/** The account elsewhere that somebody came with who answers where they began. Their name came with it. */
function keptIdentity({ payload }: Ticket, { bound }: RedeemMore): { keepIdentity?: string; keepMetadata?: true } {
  const { identity } = payload
  return bound === true && typeof identity === 'string' ? { keepIdentity: identity, keepMetadata: true } : {}
}

/**
 * Who asked for a code with an address that nobody had becomes a user now, unless somebody did meanwhile. A passkey that
 * waited comes along where the mail of its own sign-up was answered: a code that was typed beside it may have been taken
 * for another's (S34). Where several have asked, an answer that names the address alone brings nothing that any of them said.
 */
async function makeAccount(
  tx: Core,
  caller: Caller,
  { ticket, via, more }: { readonly ticket: Ticket; readonly via: Via; readonly more: RedeemMore },
): Promise<{ user: User; isNewUser: boolean }> {
  const { addressKey, payload } = ticket
  const { newAccount = payload['newAccount'] as JsonObject } = more
  const { address, about, passkey } = openSeed(tx, { addressKey, payload: { newAccount } })
  const isOwners = isOwn(ticket, more)
  const made = await createAccount(tx, caller, {
    ...(passkey === undefined ? {} : { id: passkey.userId }),
    address,
    confirmed: true,
    passwordHash: null,
    way: passkey === undefined ? 'code' : 'passkey',
    about: isOwners ? about : {},
  })
  if (made !== undefined) {
    const comesAlong = isOwners && (via === 'link' || more.bound === true)
    if (passkey === undefined || !comesAlong) return { user: made, isNewUser: true }
    await addPasskey(tx, caller, { ...passkey, user: made, use: { protects: false, signsIn: true } })
    return { user: (await tx.users.find(made.id)) ?? made, isNewUser: true }
  }
  const seen = await tx.users.findByAddress(address)
  const owner = seen === undefined ? undefined : await tx.users.lock(seen.id)
  // Whoever it became has signed in since, which ends the codes and links for signing in that were out.
  if (owner === undefined || owner.lastSignInAt !== null) throw new Refusal('otp_expired')
  refuseUnwelcome(owner, tx.runtime.now())
  return { user: owner, isNewUser: false }
}

interface Change {
  readonly ticket: Ticket
  readonly via: Via
  readonly user: User | undefined
  readonly more: RedeemMore
}

async function redeemEmailChange(tx: Core, caller: Caller, input: Change): Promise<Redeemed> {
  const { ticket, user } = input
  if (user === undefined) throw new Refusal('otp_expired')
  const change = await applyEmailChange(tx, caller, { ticket, user, keepSession: keptSession(input, user) })
  if (change.kind === 'half') return { kind: 'half', user }
  return openChanged(tx, caller, { ...input, wasGuest: user.isAnonymous }, change.user)
}

async function redeemPhoneChange(tx: Core, caller: Caller, input: Change): Promise<Redeemed> {
  const { user } = input
  if (user === undefined) throw new Refusal('otp_expired')
  const changed = await applyPhoneChange(tx, caller, { user, keepSession: keptSession(input, user) })
  return openChanged(tx, caller, { ...input, wasGuest: user.isAnonymous }, changed)
}

/** The session that asked for the change goes on, wherever it was confirmed (S52). A guest's tokens say "guest": they go. */
function keptSession({ ticket, more }: Change, user: User): string | undefined {
  return more.session?.id ?? (user.isAnonymous ? undefined : (ticket.sessionId ?? undefined))
}

async function openChanged(
  tx: Core,
  caller: Caller,
  { ticket, via, more, wasGuest }: Change & { readonly wasGuest: boolean },
  user: User,
): Promise<Redeemed> {
  const { session } = more
  const passwordHash = more.passwordHash ?? guestsPassword(tx, ticket, { isOwn: isOwn(ticket, more), wasGuest })
  const purpose = purposeOf(ticket)
  const proof = proofOf({ purpose, payload: purpose === 'phone_change' ? ticket.payload : {} }, via, more)
  const changed = passwordHash === undefined ? user : ((await tx.users.update(user.id, { passwordHash })) ?? user)
  const entered: Entered =
    session === undefined || awaitsApproval(changed)
      ? await enter(tx, caller, { user: changed, amr: [proof], purpose, from: [ticket.id] })
      : { kind: 'opened', opened: await continueSession(tx, { user: changed, session, proof }), weakPassword: [] }
  return { kind: 'entered', entered }
}

/** The password that a guest becomes a member with: none where the answer may have been meant for another's message (S32). */
function guestsPassword(
  tx: Core,
  ticket: Ticket,
  { isOwn, wasGuest }: { readonly isOwn: boolean; readonly wasGuest: boolean },
): string | null | undefined {
  if (!isOwn) return wasGuest ? null : undefined
  return ticket.payload['withPassword'] === true ? passwordBeside(tx, ticket) : undefined
}
