import { sameText } from '../../base/digest.ts'
import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address, SignInRecord } from '../../core/users/users.ts'
import { addressKey, nobody, refuseUnlisted } from '../attempt/addresses.ts'
import { mistakable } from '../attempt/mixed-up.ts'
import { rememberPassword, sealPassword } from '../attempt/own-password.ts'
import { maySend, type Return, type Sent, sendNow } from '../attempt/send.ts'
import { refuseChannel, refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant, openSession } from '../session/open.ts'
import { namesOf, refuseLarge, refuseWeak } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'
import { createAccount, type NewAccount, putAddressIdentity } from '../steps/create-account.ts'
import { evenly } from '../steps/even-time.ts'
import { holdsNewcomers } from '../steps/hold-newcomer.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import { mayReceive } from '../steps/may-receive.ts'
import { tellOwner } from './tell-owner.ts'

export interface PasswordSignUp {
  readonly address: Address
  /** How a text leaves. */
  readonly channel?: TextChannel | undefined
  readonly password: string
  readonly about: NewAccount
  readonly back: Return
  /** Whether the address counts as proved, by whoever vouches for it. Default false. */
  readonly verified?: boolean
}

export type SignUpOutcome =
  | { readonly kind: 'complete'; readonly grant: Grant }
  /** A message waits for its answer. */
  | { readonly kind: 'confirm'; readonly sent: Sent; readonly user: User }
  /** The address is taken and its owner was told; the caller must not learn it. `userId` is made up. */
  | { readonly kind: 'concealed'; readonly sent: Sent; readonly userId: string }
  /** New accounts wait for an administrator, and this one does where the address was free; who may not learn that, must not. */
  | { readonly kind: 'held'; readonly isTaken: boolean }

/**
 * Signs somebody up with an address and a password.
 * With confirmation on, a taken address costs as much and looks the same as a free one, and its owner gets a mail.
 * Somebody who signed up before and never confirmed starts afresh: the newest password counts, bound to the newest mail.
 * Where two passwords wait for one proof, only an answer that belongs to one of them keeps that one; see {@link startAfresh}.
 * Where new accounts wait for an administrator nothing leaves but the mail to the owner of a taken address.
 * @throws Refusal `signup_disabled`, `weak_password`, `identifier_not_allowed`, `payload_too_large`; with confirmation off `user_already_exists`
 */
export async function signUpWithPassword(core: Core, caller: Caller, input: PasswordSignUp): Promise<SignUpOutcome> {
  if (!core.settings.signUp.enabled) throw new Refusal('signup_disabled')
  refusePhoneOff(core, input.address)
  refuseChannel(core, input.channel)
  refuseUnlisted(core, input.address)
  refuseLarge(core, input.about.metadata)
  await refuseWeak(core, input.password, [
    'email' in input.address ? input.address.email : input.address.phone,
    ...namesOf(input.about),
  ])
  if (input.verified === true || !isConfirmed(core, input.address))
    return signUpAtOnce(core, caller, input, (await hashLikeWaiting(core, input)).passwordHash)
  return evenly(core, (held) => signUpWithProof(held, caller, input))
}

function isConfirmed({ settings: { signUp } }: Pick<Core, 'settings'>, address: Address): boolean {
  return 'email' in address ? signUp.emailConfirmation : signUp.phoneConfirmation
}

async function signUpWithProof(core: Core, caller: Caller, input: PasswordSignUp): Promise<SignUpOutcome> {
  const allowed = await maySend(core, caller, 'sign_up', input.address)
  for (let tries = 1; ; tries += 1) {
    const outcome = await signUpToConfirm(core, caller, input, {
      ...(await hashLikeWaiting(core, input)),
      allowed,
      isLast: tries === 3,
    })
    if (outcome !== 'overtaken') return holdsNewcomers(core) ? asHeld(outcome) : outcome
  }
}

const asHeld = ({ kind }: SignUpOutcome): SignUpOutcome => ({ kind: 'held', isTaken: kind === 'concealed' })

interface Hashed {
  readonly passwordHash: string
  /** The hash of the password that waited on an unproved account, if one did. */
  readonly like: string | null
}

/** With the salt of the password that waits on an unproved account: then the same password is seen to be the same. */
async function hashLikeWaiting(core: Core, { address, password }: PasswordSignUp): Promise<Hashed> {
  const known = await core.users.findForSignIn(address)
  const like = known !== undefined && !isProved(known.user) ? known.passwordHash : null
  return { like, passwordHash: await core.hasher.hash(password, { like }) }
}

async function signUpAtOnce(
  core: Core,
  caller: Caller,
  input: PasswordSignUp,
  passwordHash: string,
): Promise<SignUpOutcome> {
  const made = await core.transaction(async (tx) => {
    const user = await createAccount(tx, caller, {
      address: input.address,
      confirmed: true,
      passwordHash,
      way: 'password',
      about: input.about,
    })
    if (user === undefined) return undefined
    if (awaitsApproval(user)) return 'held'
    return openSession(tx, caller, { user, amr: [{ method: 'password', provider: null }], isNewUser: true })
  })
  if (made === undefined)
    throw new Refusal('user_already_exists', { details: { field: 'email' in input.address ? 'email' : 'phone' } })
  if (made === 'held') return { kind: 'held', isTaken: false }
  return { kind: 'complete', grant: await grant(core, made) }
}

interface Confirming extends Hashed {
  readonly allowed: boolean
  /** Whether this is done as it stands, overtaken or not. */
  readonly isLast: boolean
}

/** `overtaken`: another sign-up put a password in place meanwhile that this one was not compared with. Nothing was done. */
async function signUpToConfirm(
  core: Core,
  caller: Caller,
  input: PasswordSignUp,
  state: Confirming,
): Promise<SignUpOutcome | 'overtaken'> {
  const { passwordHash, allowed } = state
  const outcome = await core.transaction(async (tx): Promise<SignUpOutcome | 'overtaken'> => {
    const sentAt = tx.runtime.now()
    const created = await createAccount(tx, caller, {
      address: input.address,
      confirmed: false,
      passwordHash,
      way: 'password',
      about: input.about,
      sentAt,
    })
    if (created !== undefined)
      return { kind: 'confirm', user: created, sent: await confirmation(tx, caller, input, created, allowed) }
    const seen = await tx.users.findForSignIn(input.address)
    // Seen before the lock, so that of many at once those that begin again wait for nobody.
    if (!isLike(seen, state)) return 'overtaken'
    const record = await held(tx, seen)
    const isGone = seen !== undefined && !isAt(record?.user, input.address)
    if ((isGone && !state.isLast) || !isLike(record, state)) return 'overtaken'
    if (record === undefined || isProved(record.user)) {
      const owner = record?.user
      const sent = await tellOwner(tx, caller, { ...input, owner, allowed })
      return { kind: 'concealed', userId: newId(tx.runtime), sent }
    }
    const { user: owner, passwordHash: waiting } = record
    return startAfresh(tx, caller, input, { owner, passwordHash, waiting, allowed })
  })
  core.wakeOutbox()
  return outcome
}

/** Whether a password that waits there is the one that this sign-up's was hashed like. */
function isLike(record: SignInRecord | undefined, { like, isLast }: Confirming): boolean {
  if (isLast || record === undefined || isProved(record.user)) return true
  const { passwordHash: waiting } = record
  return waiting === like
}

/**
 * Who waits for the proof of an address may be giving it at this moment: they are locked, and looked at again. Nothing of a
 * sign-up counts for an account that is proved.
 */
async function held(tx: Core, seen: SignInRecord | undefined): Promise<SignInRecord | undefined> {
  if (seen === undefined || isProved(seen.user)) return seen
  await tx.users.update(seen.user.id, {})
  return tx.users.findForSignIn({ id: seen.user.id })
}

const isAt = (user: User | undefined, address: Address): boolean =>
  'email' in address ? user?.email === address.email : user?.phone === address.phone

const isProved = (user: User): boolean => user.emailConfirmedAt !== null || user.phoneConfirmedAt !== null

async function confirmation(
  tx: Core,
  caller: Caller,
  input: PasswordSignUp,
  user: User,
  allowed: boolean,
  payload: JsonObject = { withPassword: true },
): Promise<Sent> {
  const contested = await mistakable(tx, input.address)
  if (allowed) await tx.tickets.killOf(nobody(addressKey(tx, input.address)), 'sign_up')
  return sendNow(tx, caller, {
    purpose: 'sign_up',
    address: input.address,
    channel: input.channel,
    user,
    template: allowed && mayReceive(user, tx.runtime.now()) ? templateFor(input.address) : 'nothing',
    back: input.back,
    carries: { link: 'email' in input.address, code: true },
    // Whoever answers this mail or holds this attempt set this password; see the flow that redeems it.
    payload: { ...payload, ...contested },
  })
}

const templateFor = (address: Address) => ('email' in address ? 'sign_up' : 'sms_code')

/**
 * Runs with the account locked: whoever had it may have sent the mail that this one joins.
 * The mail of the newest sign-up is the one that counts, and so is its password; held back by a limit, nothing changes.
 * When an earlier sign-up with another password still waits, nobody knows which of the two has the address: the ticket
 * is contested, each password waits beside it for an answer in its own attempt, and an answer that names the address
 * alone keeps none. What an administrator put on an account is never replaced.
 */
async function startAfresh(
  tx: Core,
  caller: Caller,
  input: PasswordSignUp,
  state: {
    readonly owner: User
    readonly passwordHash: string
    readonly waiting: string | null
    readonly allowed: boolean
  },
): Promise<SignUpOutcome> {
  const { owner, passwordHash, waiting, allowed } = state
  const same = waiting !== null && sameText(waiting, passwordHash)
  if (!allowed) {
    const joined = await tx.tickets.joinAttempt(owner.id, 'sign_up')
    if (joined !== undefined) {
      if (joined.kept) await rememberPassword(tx, { ...joined, passwordHash })
      if (!same) await contest(tx, { owner, waiting, ticket: joined.ticket })
      return { kind: 'confirm', user: owner, sent: { ...joined, held: true } }
    }
  }
  const earlier = await tx.tickets.findBySubject(owner.id, 'sign_up')
  const contested = earlier !== undefined && (!same || earlier.payload['contested'] === true)
  const provisioned = isProvisioned(owner)
  if (!provisioned && owner.invitedAt === null) await sayAgain(tx, owner, input)
  const renewed = await tx.users.update(owner.id, {
    ...(provisioned ? {} : { passwordHash: contested ? null : passwordHash }),
    confirmationSentAt: tx.runtime.now(),
  })
  await tx.audit.record({
    ...auditOf(caller, owner.id, { type: 'nobody', id: null }),
    action: 'user.signed_up_again',
    result: 'ok',
  })
  const user = renewed ?? owner
  const payload = {
    withPassword: true,
    ...(contested ? { contested } : {}),
    ...(provisioned || contested ? { password: sealPassword(tx, owner.id, passwordHash) } : {}),
  }
  return { kind: 'confirm', user, sent: await confirmation(tx, caller, input, user, allowed, payload) }
}

/** Of two who sign up with one address the second is not called what the first one said, wherever that stands. */
async function sayAgain(tx: Core, owner: User, { address, about }: PasswordSignUp): Promise<void> {
  const { metadata = {}, displayName = '', avatarUrl = null } = about
  await putAddressIdentity(tx, { userId: owner.id, address, verified: false, metadata })
  await tx.users.update(owner.id, { metadata, displayName, avatarUrl })
}

/** Another password came while one was waiting for its proof: neither stands on the account any more. */
async function contest(
  tx: Core,
  input: { readonly owner: User; readonly waiting: string | null; readonly ticket: Ticket },
): Promise<void> {
  const { owner, waiting, ticket } = input
  const provisioned = isProvisioned(owner)
  const moves = !provisioned && waiting !== null && ticket.payload['password'] === undefined
  await tx.tickets.patch(ticket.id, {
    contested: true,
    ...(moves ? { password: sealPassword(tx, owner.id, waiting) } : {}),
  })
  if (!provisioned && waiting !== null) await tx.users.update(owner.id, { passwordHash: null })
}
