import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Core } from '../../core/core.ts'
import { creationOptions, type NewCredential, readRegistration } from '../../core/passkeys/ceremonies.ts'
import { credentialKnown } from '../../core/passkeys/passkeys.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { refuseAddressless, refuseUnlisted } from '../attempt/addresses.ts'
import { mistakable } from '../attempt/mixed-up.ts'
import { type Return, refuseFrequent, type Sent, sendNow } from '../attempt/send.ts'
import { refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant, openSession } from '../session/open.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { type SeedPasskey, sealSeed } from '../steps/account-seed.ts'
import { addPasskey } from '../steps/add-passkey.ts'
import { type BegunCeremony, beginCeremony, challengeOf, refusePasskeysOff, spendCeremony } from '../steps/ceremony.ts'
import { createAccount, type NewAccount } from '../steps/create-account.ts'
import { evenly } from '../steps/even-time.ts'
import { holdsNewcomers } from '../steps/hold-newcomer.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import { tellOwner } from './tell-owner.ts'

/** Who wants an account that a passkey opens. */
export interface PasskeySignUp {
  /** May be left out where `passkeys.withoutAddress` is on. */
  readonly address: Address | undefined
  readonly about: NewAccount
  readonly back: Return
}

/**
 * Asks a browser for the first passkey of an account that is not there yet. Nothing is looked up: a taken address gets
 * the same answer.
 * @throws Refusal `signup_disabled`, `feature_disabled`, `validation_failed` without an address where one is needed,
 * `identifier_not_allowed`, `payload_too_large`
 */
export async function beginPasskeySignUp(core: Core, input: PasskeySignUp): Promise<BegunCeremony> {
  refuseClosed(core, input)
  const userId = newId(core.runtime)
  const { address, about, back } = input
  const name = address === undefined ? about.displayName || core.settings.name : textOf(address)
  return beginCeremony(core, {
    ceremony: 'sign_up',
    userId: null,
    sessionId: null,
    facts: { signUp: sealWish(core, { userId, address, about, back }) },
    options: (challenge) =>
      creationOptions(core.relyingParty, {
        challenge,
        user: { id: userId, name, displayName: about.displayName || name },
        exclude: [],
        residentKey: 'required',
      }),
  })
}

function refuseClosed(core: Core, { address, about }: PasskeySignUp): void {
  refusePasskeysOff(core)
  if (!core.settings.signUp.enabled) throw new Refusal('signup_disabled')
  refuseLarge(core, about.metadata)
  if (address === undefined) {
    if (!core.settings.passkeys.withoutAddress)
      throw new Refusal('validation_failed', { details: { field: 'email' }, message: 'An e-mail address is needed.' })
    refuseAddressless(core)
    return
  }
  refusePhoneOff(core, address)
  refuseUnlisted(core, address)
}

const textOf = (address: Address): string => ('email' in address ? address.email : address.phone)

export type PasskeySignUpOutcome =
  | { readonly kind: 'complete'; readonly grant: Grant }
  /** A message waits for its answer. */
  | { readonly kind: 'confirm'; readonly sent: Sent }
  /** The address is taken and its owner was told; the caller must not learn it. */
  | { readonly kind: 'concealed'; readonly sent: Sent }
  /** New accounts wait for an administrator, and this one does where the address was free; who may not learn that, must not. */
  | { readonly kind: 'held'; readonly isTaken: boolean }

/**
 * Takes the passkey that the browser made. With confirmation on it waits, sealed, for the proof of the address: an
 * account is made by that and not before (S34).
 * @throws Refusal `attempt_expired`, `webauthn_verification_failed`, `signup_disabled`, `feature_disabled`, `conflict`
 * (`details.reason` `credential`), `over_email_send_rate_limit`; with confirmation off `user_already_exists`
 */
export async function signUpWithPasskey(
  core: Core,
  caller: Caller,
  input: {
    readonly ticket: Ticket | undefined
    readonly credential: JsonObject
    readonly name?: string | undefined
    /** What is said about the account now; default what was said at the beginning. */
    readonly about?: NewAccount | undefined
    readonly back?: Return | undefined
  },
): Promise<PasskeySignUpOutcome> {
  const ticket = await spendCeremony(core, input.ticket, 'sign_up')
  const kept = openWish(core, ticket)
  const wish = { ...kept, about: { ...kept.about, ...input.about }, back: { ...kept.back, ...input.back } }
  refuseClosed(core, wish)
  const made = await readRegistration(core.relyingParty, {
    credential: input.credential,
    challenge: challengeOf(ticket),
  })
  if ((await core.passkeys.findByCredential(made.id)) !== undefined) throw credentialKnown()
  const passkey = { userId: wish.userId, made, name: input.name }
  const { address } = wish
  if (address === undefined || !isConfirmed(core, address)) return signUpAtOnce(core, caller, wish, passkey)
  await refuseFrequent(core, caller, 'sign_up', address)
  const proving = { ...wish, address }
  if (holdsNewcomers(core)) return evenly(core, (held) => signUpToWait(held, caller, proving))
  return evenly(core, (held) => signUpWithProof(held, caller, proving, passkey))
}

function isConfirmed({ settings: { signUp } }: Pick<Core, 'settings'>, address: Address): boolean {
  return 'email' in address ? signUp.emailConfirmation : signUp.phoneConfirmation
}

async function signUpAtOnce(
  core: Core,
  caller: Caller,
  { address, about }: Wish,
  { userId, made: credential, name }: SeedPasskey,
): Promise<PasskeySignUpOutcome> {
  const made = await core.transaction(async (tx) => {
    const seed = { id: userId, address, confirmed: true, passwordHash: null, way: 'passkey', about, isGuest: false }
    const user = await createAccount(tx, caller, seed)
    if (user === undefined) return undefined
    const use = { protects: false, signsIn: true }
    const factor = await addPasskey(tx, caller, { user, made: credential, use, name })
    if (awaitsApproval(user)) return 'held'
    return openSession(tx, caller, {
      user,
      amr: [{ method: 'passkey', provider: null, factor }],
      isNewUser: true,
      ...levelOf(credential),
    })
  })
  if (made === undefined) {
    const field = address !== undefined && 'phone' in address ? 'phone' : 'email'
    throw new Refusal('user_already_exists', { details: { field } })
  }
  if (made === 'held') return { kind: 'held', isTaken: false }
  return { kind: 'complete', grant: await grant(core, { ...made, user: await asItStands(core, made.user) }) }
}

/** Made by an authenticator that verified its person, it proves two things at once, as at every sign-in with it (S97). */
const levelOf = ({ userVerified }: NewCredential) => (userVerified ? { aal: 'aal2' as const } : {})

const asItStands = async (core: Core, user: User): Promise<User> => (await core.users.find(user.id)) ?? user

type Proving = Wish & { readonly address: Address }

/**
 * The account is made, waits for an administrator, and gets no mail. The passkey does not come along: nobody knows yet
 * whether its owner has the address (S34).
 */
async function signUpToWait(
  core: Core,
  caller: Caller,
  { address, about, back }: Proving,
): Promise<PasskeySignUpOutcome> {
  const made = await core.transaction(async (tx) => {
    const seed = { address, confirmed: false, passwordHash: null, way: 'passkey', about }
    const user = await createAccount(tx, caller, seed)
    if (user !== undefined) return user
    const owner = await tx.users.findByAddress(address)
    if (owner !== undefined && isProved(owner)) await tellOwner(tx, caller, { address, back, owner, allowed: true })
    return undefined
  })
  core.wakeOutbox()
  return { kind: 'held', isTaken: made === undefined }
}

async function signUpWithProof(
  core: Core,
  caller: Caller,
  wish: Proving,
  passkey: SeedPasskey,
): Promise<PasskeySignUpOutcome> {
  const { address, about, back } = wish
  const outcome = await core.transaction(async (tx): Promise<PasskeySignUpOutcome> => {
    const owner = await tx.users.findByAddress(address)
    if (owner !== undefined && (isProved(owner) || isProvisioned(owner)))
      return { kind: 'concealed', sent: await tellOwner(tx, caller, { address, back, owner, allowed: true }) }
    const sent = await sendNow(tx, caller, {
      purpose: 'sign_up',
      address,
      user: owner,
      template: 'email' in address ? 'sign_up' : 'sms_code',
      back,
      carries: { link: 'email' in address, code: true },
      // Somebody else began with this address: whoever proves it now gets in, and starts without what either brought.
      payload:
        owner === undefined
          ? { newAccount: sealSeed(tx, address, about, passkey), ...(await mistakable(tx, address)) }
          : {},
    })
    return { kind: 'confirm', sent }
  })
  core.wakeOutbox()
  return outcome
}

const isProved = (user: User): boolean => user.emailConfirmedAt !== null || user.phoneConfirmedAt !== null

interface Wish extends PasskeySignUp {
  /** Of the account to come. */
  readonly userId: string
}

const context = 'tickets/ceremony/payload signUp'

function sealWish({ vault }: Pick<Core, 'vault'>, wish: Wish): string {
  return vault.seal(JSON.stringify(wish), context).toString('base64')
}

function openWish({ vault }: Pick<Core, 'vault'>, { payload }: Ticket): Wish {
  return JSON.parse(vault.open(Buffer.from(String(payload['signUp']), 'base64'), context).toString('utf8')) as Wish
}
